"""What is known of one family's course, as plain values: the input of everything that is counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.outcomes.domain.instruments import Occasion
from services.outcomes.domain.plans import PlanType


@dataclass(frozen=True, slots=True)
class Policy:
    """The scheme's numbers that no law fixes."""

    long_running_months: tuple[int, ...] = (12, 15, 18, 21, 24)
    long_plan_months: int = 18
    reregistration_months: int = 24
    attendance_gain: int = 1
    star_gain: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class CaseFact:
    """The scheme's case of one accepted referral, and the children named on it."""

    referral: UUID
    children: frozenset[UUID]
    received_on: date
    accepted_on: date
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlanFact:
    """One plan of one child. `returned_home` tells whether a looked-after child came home at its end."""

    child: UUID
    type: PlanType
    started_on: date
    ended_on: date | None = None
    returned_home: bool = False
    reviews: tuple[date, ...] = ()

    def is_open(self, day: date) -> bool:
        """Whether it is open at the end of that day."""
        return self.started_on <= day and (self.ended_on is None or self.ended_on > day)

    def ended_by(self, day: date) -> bool:
        """Whether it has ended at the end of that day."""
        return self.ended_on is not None and self.ended_on <= day

    def ended_by_eve(self, day: date) -> bool:
        """Whether it had ended before that day."""
        return self.ended_on is not None and self.ended_on < day


@dataclass(frozen=True, slots=True)
class StageFact:
    """From that day on the child is at that stage."""

    child: UUID
    level: int
    from_date: date


@dataclass(frozen=True, slots=True)
class ReadingFact:
    """One reading; `subject` is the child or person it is of, None for the family as a whole."""

    instrument: str
    edition: str
    occasion: Occasion
    read_on: date
    areas: Mapping[str, int]
    referral: UUID | None = None
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class FamilyFacts:
    """Everything of one family, oldest first; `gone` are children who died or went to another authority, and when."""

    cases: tuple[CaseFact, ...] = ()
    plans: tuple[PlanFact, ...] = ()
    stages: tuple[StageFact, ...] = ()
    readings: tuple[ReadingFact, ...] = ()
    gone: Mapping[UUID, date] = field(default_factory=dict)
