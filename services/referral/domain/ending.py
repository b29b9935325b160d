"""The end of a referral: which evaluations and readings have to exist before it may be concluded."""

from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

FAMILY: Final = "family"
LEAD_PRACTITIONER: Final = "lead_practitioner"
CLOSING_READING: Final = "closing_reading"
_SAME_PERSON: Final = {"social_worker": LEAD_PRACTITIONER}


def evaluation_by(by: str, volunteer: UUID | None) -> str:
    """The name of an evaluation in the list of what is missing."""
    return of_volunteer(volunteer) if volunteer else _SAME_PERSON.get(by, by)


def of_volunteer(volunteer: UUID) -> str:
    """The name of one volunteer's evaluation."""
    return f"volunteer:{volunteer}"


def missing(present: Collection[str], volunteers: Iterable[UUID], excepted: Collection[str]) -> list[str]:
    """What neither exists nor has a coded reason why it cannot."""
    wanted = [FAMILY, LEAD_PRACTITIONER, *sorted(of_volunteer(one) for one in volunteers), CLOSING_READING]
    return [name for name in wanted if name not in present and name not in excepted]
