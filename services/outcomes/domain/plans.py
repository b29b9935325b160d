"""Plan types, categories and statuses of a child's plan, and which step leads where."""

from enum import StrEnum

from shared.errors import IllegalMove
from shared.lifecycle import Lifecycle


class PlanType(StrEnum):
    """The kinds of plan, weightiest last in `RANK`."""

    CP = "cp"
    CIN = "cin"
    EARLY_HELP = "early_help"
    LOOKED_AFTER = "looked_after"


class Category(StrEnum):
    """Categories of abuse of a child protection plan, as the census codes them."""

    NEG = "NEG"
    EMO = "EMO"
    PHY = "PHY"
    SAB = "SAB"
    MUL = "MUL"


class PlanStatus(StrEnum):
    """Where a plan stands."""

    OPEN = "open"
    ENDED = "ended"
    STEPPED_DOWN = "stepped_down"
    STEPPED_UP = "stepped_up"


class CaseStatus(StrEnum):
    """Where the scheme's case of one referral stands."""

    OPEN = "open"
    CLOSED = "closed"


LIFECYCLE = Lifecycle({PlanStatus.OPEN: {PlanStatus.ENDED, PlanStatus.STEPPED_DOWN, PlanStatus.STEPPED_UP}})
CASE_LIFECYCLE = Lifecycle({CaseStatus.OPEN: {CaseStatus.CLOSED}})

RANK = {PlanType.EARLY_HELP: 1, PlanType.CIN: 2, PlanType.CP: 3, PlanType.LOOKED_AFTER: 4}


def require_down(current: PlanType, wanted: PlanType) -> None:
    """A step down leads to a lighter kind of plan; anything else is `illegal-move`."""
    if RANK[wanted] >= RANK[current]:
        raise IllegalMove(current.value, wanted.value)


def require_up(current: PlanType, wanted: PlanType) -> None:
    """A step up leads to a weightier kind of plan; anything else is `illegal-move`."""
    if RANK[wanted] <= RANK[current]:
        raise IllegalMove(current.value, wanted.value)
