"""What may happen to a round of community training, and what an amount of its budget is."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.errors import Conflict, invalid
from shared.lifecycle import Lifecycle


class RoundStatus(StrEnum):
    """Where a round of community training stands."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RoundReason(StrEnum):
    """Why a round does not take place, or not to its end."""

    NO_FUNDING = "no_funding"
    NO_INTEREST = "no_interest"
    NO_TRAINERS = "no_trainers"
    OTHER = "other"


class BudgetKind(StrEnum):
    """What an amount is: meant to be spent, come in, or gone out."""

    PLANNED = "planned"
    RECEIVED = "received"
    SPENT = "spent"


ROUNDS = Lifecycle({
    RoundStatus.PLANNED: {RoundStatus.OPEN, RoundStatus.CANCELLED},
    RoundStatus.OPEN: {RoundStatus.CLOSED, RoundStatus.CANCELLED},
})  # fmt: skip


def require_takes(status: RoundStatus, day: date, first: date, last: date) -> None:
    """A session belongs to a round that is not over, on one of its civil days; the first and the last are such days."""
    if status not in (RoundStatus.PLANNED, RoundStatus.OPEN):
        raise Conflict("The round is over.", name="round-is-over", round_status=status.value)
    if not first <= day <= last:
        raise invalid("/starts_at", "outside-round", "is on none of the round's days")


def require_of_programme(of_round: UUID, of_course: UUID) -> None:
    """A round pays for the courses of its programme."""
    if of_round != of_course:
        raise Conflict("The round belongs to another programme than the course.", name="round-of-another-programme")
