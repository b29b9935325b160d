"""What may happen in an induction: its parts, its lifecycle, and who qualifies."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Conflict, Gate, WaitingFor, invalid
from shared.lifecycle import Lifecycle


class Part(StrEnum):
    """The parts of the induction: half a day, then two full days. Suitability is judged at each."""

    INFORMATION_AND_ASSESSMENT = "information_and_assessment"
    FIRST_DAY = "first_day"
    SECOND_DAY = "second_day"


class Suitability(StrEnum):
    """How a trainer judges a volunteer at one part."""

    SUITABLE = "suitable"
    NOT_SUITABLE = "not_suitable"
    NEEDS_MORE = "needs_more"


class InductionStatus(StrEnum):
    """Where a volunteer's induction stands. `on_hold` while suspended, `abandoned` when the volunteer has left."""

    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    QUALIFIED = "qualified"
    NOT_SUITABLE = "not_suitable"
    ABANDONED = "abandoned"


class Unsuitable(StrEnum):
    """Why a volunteer is found not suitable."""

    ASSESSMENT = "assessment"
    VALUES_AND_BOUNDARIES = "values_and_boundaries"
    SAFEGUARDING = "safeguarding"
    DID_NOT_ATTEND = "did_not_attend"
    WITHDREW = "withdrew"
    OTHER = "other"


INDUCTIONS = Lifecycle({
    InductionStatus.IN_PROGRESS: {
        InductionStatus.ON_HOLD,
        InductionStatus.QUALIFIED,
        InductionStatus.NOT_SUITABLE,
        InductionStatus.ABANDONED,
    },
    InductionStatus.ON_HOLD: {
        InductionStatus.IN_PROGRESS,
        InductionStatus.NOT_SUITABLE,
        InductionStatus.ABANDONED,
    },
})  # fmt: skip
OPEN = (InductionStatus.IN_PROGRESS, InductionStatus.ON_HOLD)


@dataclass(frozen=True, slots=True)
class PartStanding:
    """The latest word on one part: whether it was attended and how it was judged; None where nothing is recorded."""

    attended: bool | None = None
    suitability: Suitability | None = None

    @property
    def complete(self) -> bool:
        """Whether this part stands in the way of nothing."""
        return self.attended is True and self.suitability is Suitability.SUITABLE


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a volunteer from the matching service."""

    applied: bool
    suspended: bool
    left: bool


def missing_parts(parts: Mapping[Part, PartStanding]) -> list[Part]:
    """The parts that are not both attended and judged suitable, in their order."""
    return [part for part in Part if not parts.get(part, PartStanding()).complete]


def require_complete(parts: Mapping[Part, PartStanding]) -> None:
    """The gate before `qualified`: every part attended, every part judged suitable."""
    missing = missing_parts(parts)
    if missing:
        raise Gate("gate-induction-incomplete", "Every part has to be attended and judged suitable.", missing)


def require_startable(volunteer: Standing | None) -> None:
    """Only a volunteer who has applied, and is neither suspended nor gone, starts an induction."""
    if volunteer is not None and volunteer.left:
        raise Conflict("This volunteer has left.", name="volunteer-left")
    if volunteer is not None and volunteer.suspended:
        raise Conflict("This volunteer is suspended.", name="volunteer-suspended")
    if volunteer is None or not volunteer.applied:
        raise WaitingFor(
            "gate-volunteer-applied", "This volunteer's application is not known here.", ["circle.volunteer.applied.v1"]
        )


def require_in_progress(status: InductionStatus) -> None:
    """Attendance and judgements belong to an induction that is running."""
    if status is not InductionStatus.IN_PROGRESS:
        raise Conflict(
            "The induction is not in progress.", name="induction-not-in-progress", induction_status=status.value
        )


def require_attended(part: Part, standing: PartStanding) -> None:
    """Nobody is judged at a part where they were not."""
    if standing.attended is not True:
        raise Gate("gate-part-attendance", "A part is judged after it was attended.", [part])


def require_reason(decision: InductionStatus, reason: Unsuitable | None) -> None:
    """Not suitable needs a reason; qualified has none."""
    if decision is InductionStatus.NOT_SUITABLE and reason is None:
        raise invalid("/reason_code", "missing", "is required when the volunteer is not suitable")
    if decision is InductionStatus.QUALIFIED and reason is not None:
        raise invalid("/reason_code", "not-expected", "is only for a volunteer who is not suitable")
