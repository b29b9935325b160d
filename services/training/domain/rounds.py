"""What may happen to a round of community training, and what an amount of its budget is."""

from enum import StrEnum

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
