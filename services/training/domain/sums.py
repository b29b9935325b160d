"""What the participations are counted by, so that a report adds up sums instead of participations."""

from collections.abc import Set as AbstractSet
from enum import IntEnum
from typing import Final
from uuid import UUID

from services.training.domain.participations import LabelKind

# The keys of what was not said and of whoever gave no name, and of whoever gave one.
NONE: Final = UUID(int=0)
NAMED: Final = UUID(int=1)


class Grouping(IntEnum):
    """By which keys sums are kept; as numbers, since they stand in every entry of the index.

    `total` is by whether a name was given, `session` by session and whether a name was given; the others are by labels.
    """

    TOTAL = 1
    SESSION = 2
    ORGANISATION = 3
    ETHNICITY = 4
    GENDER = 5
    LANGUAGE = 6
    AREA = 7
    ORGANISATION_ETHNICITY = 8
    ORGANISATION_GENDER = 9
    ETHNICITY_GENDER = 10


# In the order of the keys.
KINDS: Final = {
    Grouping.TOTAL: (),
    Grouping.ORGANISATION: (LabelKind.ORGANISATION,),
    Grouping.ETHNICITY: (LabelKind.ETHNICITY,),
    Grouping.GENDER: (LabelKind.GENDER,),
    Grouping.LANGUAGE: (LabelKind.LANGUAGE,),
    Grouping.AREA: (LabelKind.AREA,),
    Grouping.ORGANISATION_ETHNICITY: (LabelKind.ORGANISATION, LabelKind.ETHNICITY),
    Grouping.ORGANISATION_GENDER: (LabelKind.ORGANISATION, LabelKind.GENDER),
    Grouping.ETHNICITY_GENDER: (LabelKind.ETHNICITY, LabelKind.GENDER),
}
_OF: Final = {frozenset(kinds): grouping for grouping, kinds in KINDS.items()}


def kept_for(kinds: AbstractSet[LabelKind]) -> Grouping | None:
    """The sums that tell these kinds apart; None where there are none."""
    return _OF.get(frozenset(kinds))
