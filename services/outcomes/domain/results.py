"""How far a family has come since its referral: one result at a time, so that no family counts twice.

The **baseline** is the day on which the scheme's referral was received, or accepted, or the first reading of the case
was taken, whichever came first. The **baseline stage** is the highest stage that a child of the case has on that day;
where no stage is known yet, the highest one on the first later day that has one. A family is **tracked** from its
first later look: a new stage record, an end of a plan, or a review or closing reading.

On any later day the family has exactly one result, the first of these that holds:
1. `returned_from_care`: a child's looked-after plan ended with a return home, and that child is not in care again.
   Its children are those who returned; of every other result, all living children of the case.
2. `completed_stage_4` / `completed_stage_3`: no child is supported any more, and since the baseline a child protection
   plan (stage 4) or a child protection or child in need plan (stage 3) ended.
3. `moved_4_3`, `moved_4_2`, `moved_3_2`: the family's stage, the highest of its children, is that much lower. A child
   that is no longer supported counts as stage 1, a supported one without a stage as the baseline stage.
4. `improved_other`: any other lower stage, or completion from another stage.
5. `still_supported` while the case is open, `closed_unimproved` after.

A child is **supported** while a plan of it is open, or while its stage is 2 or more and no plan of it ended after that
stage was recorded. Children who died or went to another authority are left out from that day on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.outcomes.domain.facts import CaseFact, FamilyFacts, PlanFact
from services.outcomes.domain.instruments import Instrument, Occasion
from services.outcomes.domain.plans import PlanType
from services.outcomes.domain.steps import State, Step, family_steps

MOVES = {(4, 3): "moved_4_3", (4, 2): "moved_4_2", (3, 2): "moved_3_2"}
COMPLETED_BY = {4: frozenset({PlanType.CP}), 3: frozenset({PlanType.CP, PlanType.CIN})}


def baseline_day(case: CaseFact, facts: FamilyFacts) -> date:
    """The day from which the family's course counts."""
    first = [
        reading.read_on
        for reading in facts.readings
        if reading.referral == case.referral
        and reading.occasion is Occasion.FIRST
        and reading.instrument == Instrument.FAMILY_STAR
    ]
    return min([case.received_on, case.accepted_on, *first])


@dataclass(frozen=True, slots=True)
class Course:
    """One case's course, with its baseline."""

    facts: FamilyFacts
    case: CaseFact
    since: date
    stage_day: date
    stage: int

    def result_at(self, day: date) -> State:
        """The result (figure, children) at the end of that day; None while the family is not tracked yet."""
        if not self._tracked(day):
            return None
        returned = self._returned(day)
        if returned:
            return "returned_from_care", len(returned)
        living = self._living(day)
        return self._figure(day, living), len(living or self.case.children)

    def _figure(self, day: date, living: frozenset[UUID]) -> str:
        level = max((self._level(child, day) for child in living), default=self.stage)
        supported = any(_supported(self.facts, child, day) for child in living)
        if living and not supported and self._completed(day, living):
            return f"completed_stage_{self.stage}" if self.stage in COMPLETED_BY else "improved_other"
        if level < self.stage:
            return MOVES.get((self.stage, level), "improved_other")
        closed = self.case.closed_on is not None and self.case.closed_on <= day
        return "closed_unimproved" if closed else "still_supported"

    def _level(self, child: UUID, day: date) -> int:
        """1 without support; a supported child without any stage counts as where the family began."""
        return (_stage(self.facts, child, day) or self.stage) if _supported(self.facts, child, day) else 1

    def _tracked(self, day: date) -> bool:
        children, facts = self.case.children, self.facts
        return (
            any(s.child in children and self.stage_day < s.from_date <= day for s in facts.stages)
            or any(self._ended(plan, day) for plan in facts.plans)
            or any(
                r.occasion is not Occasion.FIRST and r.referral in {None, self.case.referral}
                for r in facts.readings
                if self.since < r.read_on <= day
            )
        )

    def _ended(self, plan: PlanFact, day: date) -> bool:
        """Whether a plan of the case's children ended since the baseline."""
        return plan.child in self.case.children and plan.ended_by(day) and not plan.ended_by_eve(self.since)

    def _completed(self, day: date, living: frozenset[UUID]) -> bool:
        types = COMPLETED_BY.get(self.stage, frozenset(PlanType))
        return any(plan.child in living and plan.type in types and self._ended(plan, day) for plan in self.facts.plans)

    def _living(self, day: date) -> frozenset[UUID]:
        return frozenset(c for c in self.case.children if c not in self.facts.gone or self.facts.gone[c] > day)

    def _returned(self, day: date) -> frozenset[UUID]:
        care = [plan for plan in self.facts.plans if plan.type is PlanType.LOOKED_AFTER]
        back = {plan.child for plan in care if plan.returned_home and self._ended(plan, day)}
        return (frozenset(back) & self._living(day)) - {plan.child for plan in care if plan.is_open(day)}


def courses(facts: FamilyFacts) -> list[Course]:
    """The courses of the family's cases in order of their baselines; a case without any stage has none."""
    found = []
    for case in facts.cases:
        since = baseline_day(case, facts)
        stage_day, stage = _baseline_stage(facts, case, since)
        if stage is not None:
            found.append(Course(facts, case, since, stage_day, stage))
    return sorted(found, key=lambda course: (course.since, course.case.accepted_on, str(course.case.referral)))


def results(facts: FamilyFacts) -> Iterator[Step]:
    """The family's results over time; from the baseline of a later case on, that case alone decides."""
    known = courses(facts)

    def state_at(day: date) -> State:
        begun = [course for course in known if course.since <= day]
        return begun[-1].result_at(day) if begun else None

    return family_steps(days_of(facts), state_at)


def days_of(facts: FamilyFacts) -> set[date]:
    """Every day on which something of the family may change."""
    days = {stage.from_date for stage in facts.stages} | {reading.read_on for reading in facts.readings}
    days |= {day for plan in facts.plans for day in (plan.started_on, plan.ended_on) if day is not None}
    days |= {baseline_day(case, facts) for case in facts.cases}
    days |= {case.closed_on for case in facts.cases if case.closed_on is not None}
    return days | set(facts.gone.values())


def family_stage(facts: FamilyFacts, children: frozenset[UUID], day: date) -> int | None:
    """A family's stage is its highest child's; None when none of them has one on that day."""
    return max((level for child in children if (level := _stage(facts, child, day)) is not None), default=None)


def _baseline_stage(facts: FamilyFacts, case: CaseFact, since: date) -> tuple[date, int | None]:
    later = [stage.from_date for stage in facts.stages if stage.child in case.children and stage.from_date > since]
    known = family_stage(facts, case.children, since)
    if known is not None or not later:
        return since, known
    return min(later), family_stage(facts, case.children, min(later))


def _stage(facts: FamilyFacts, child: UUID, day: date) -> int | None:
    """The child's stage on that day; of two records for one day the one recorded later holds."""
    own = [stage for stage in facts.stages if stage.child == child and stage.from_date <= day]
    return max(enumerate(own), key=lambda pair: (pair[1].from_date, pair[0]))[1].level if own else None


def _supported(facts: FamilyFacts, child: UUID, day: date) -> bool:
    own = [plan for plan in facts.plans if plan.child == child]
    if any(plan.is_open(day) for plan in own):
        return True
    ends = [plan.ended_on for plan in own if plan.ended_on is not None and plan.ended_on <= day]
    stages = [stage for stage in facts.stages if stage.child == child and stage.from_date <= day]
    stands = any(stage.from_date >= max(ends, default=date.min) for stage in stages)
    return stands and (_stage(facts, child, day) or 1) > 1
