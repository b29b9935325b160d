"""What may happen to a plan, how far its computation is, and why there can be none."""

from enum import StrEnum
from typing import Final

from shared.lifecycle import Lifecycle


class PlanStatus(StrEnum):
    """Where a plan stands. `planned`: the best one was found and proved; its pairs may be accepted."""

    COMPUTING = "computing"
    PLANNED = "planned"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """What is being done to a plan that is computed."""

    WAITING = "waiting"
    PAIRING = "pairing"
    SOLVING = "solving"
    EXPLAINING = "explaining"


class Refusal(StrEnum):
    """Why there is no plan."""

    PINS_CONTRADICT = "pins_contradict"
    TOO_LARGE = "too_large"
    NOT_PROVED = "not_proved"
    GAVE_UP = "gave_up"


PLANS: Final = Lifecycle({
    PlanStatus.COMPUTING: {PlanStatus.PLANNED, PlanStatus.REFUSED, PlanStatus.CANCELLED},
    PlanStatus.PLANNED: {PlanStatus.CANCELLED},
})  # fmt: skip
MOST_ATTEMPTS: Final = 3
# So many weeks has a family waited whose request was opened on that day.
DAYS_A_WEEK: Final = 7
