"""What may happen to a release, what its tables count by, and why one is refused."""

from enum import StrEnum
from typing import Final

from services.training.domain.participations import LabelKind
from shared.lifecycle import Lifecycle


class ReleaseStatus(StrEnum):
    """Where a release stands. `audited`: it was proved that nothing hidden can be worked out."""

    DRAFT = "draft"
    AUDITING = "auditing"
    AUDITED = "audited"
    REFUSED = "refused"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class By(StrEnum):
    """What a table counts by. `organisation` is the group that people came with; a session would name its people."""

    ORGANISATION = LabelKind.ORGANISATION.value
    ETHNICITY = LabelKind.ETHNICITY.value
    GENDER = LabelKind.GENDER.value
    LANGUAGE = LabelKind.LANGUAGE.value
    AREA = LabelKind.AREA.value
    MONTH = "month"


class Stage(StrEnum):
    """What is being done to a release that is audited."""

    WAITING = "waiting"
    HIDING = "hiding"
    PROVING = "proving"


class Refusal(StrEnum):
    """Why a release cannot be published."""

    NOTHING_COUNTED = "nothing_counted"
    CANNOT_PROTECT = "cannot_protect"
    NOT_PROVED = "not_proved"
    TOO_LARGE = "too_large"
    GAVE_UP = "gave_up"


# Audited again is allowed: another release may have been published meanwhile.
RELEASES: Final = Lifecycle({
    ReleaseStatus.DRAFT: {ReleaseStatus.AUDITING},
    ReleaseStatus.AUDITING: {ReleaseStatus.AUDITED, ReleaseStatus.REFUSED},
    ReleaseStatus.AUDITED: {ReleaseStatus.AUDITING, ReleaseStatus.PUBLISHED},
    ReleaseStatus.PUBLISHED: {ReleaseStatus.WITHDRAWN},
})  # fmt: skip
# What was published once is known for ever.
ONCE_PUBLISHED: Final = (ReleaseStatus.PUBLISHED, ReleaseStatus.WITHDRAWN)
