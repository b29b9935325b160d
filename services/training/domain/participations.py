"""What is recorded of people who come to community training."""

from collections.abc import Iterable
from enum import StrEnum

from shared.errors import invalid
from shared.lifecycle import Lifecycle


class LabelKind(StrEnum):
    """What a label says of a participation. `organisation` is the group that the person came with."""

    ORGANISATION = "organisation"
    ETHNICITY = "ethnicity"
    GENDER = "gender"
    LANGUAGE = "language"
    AREA = "area"


class Source(StrEnum):
    """How a participation was recorded: from a sheet, by the trainer, by the person's own phone."""

    SHEET = "sheet"
    TRAINER = "trainer"
    SELF = "self"


class ParticipationStatus(StrEnum):
    """Whether somebody was there, as far as is known, or was entered by mistake."""

    RECORDED = "recorded"
    WITHDRAWN = "withdrawn"


class WithdrawReason(StrEnum):
    """Why somebody is not to be counted."""

    ENTERED_TWICE = "entered_twice"
    ENTERED_WRONGLY = "entered_wrongly"
    WAS_NOT_THERE = "was_not_there"
    PERSON_ASKED = "person_asked"
    OTHER = "other"


PARTICIPATIONS = Lifecycle({ParticipationStatus.RECORDED: {ParticipationStatus.WITHDRAWN}})


def attended_parts(wanted: Iterable[int] | None, parts: int, pointer: str) -> list[int]:
    """The parts of a session that somebody was at, in their order; all of them where nothing is said."""
    every = range(1, parts + 1)
    if wanted is None:
        return list(every)
    attended = set(wanted)
    if not attended <= set(every):
        raise invalid(pointer, "no-such-part", f"is not a part of this session, which has {parts}")
    return sorted(attended)
