"""What is counted beside a family's result: attendance, distance travelled, re-registration, the length of plans."""

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from services.outcomes.domain.dates import FAR, add_months
from services.outcomes.domain.facts import FamilyFacts, PlanFact, Policy, ReadingFact
from services.outcomes.domain.instruments import Instrument, Occasion, mean_distance
from services.outcomes.domain.plans import PlanType
from services.outcomes.domain.results import courses, days_of, results
from services.outcomes.domain.steps import State, Step, family_steps


def everything(facts: FamilyFacts, policy: Policy) -> list[Step]:
    """All that one family adds to the tallies."""
    days = days_of(facts)
    return [
        *results(facts),
        *family_steps(days, lambda day: _attendance(facts, policy, day)),
        *family_steps(days, lambda day: _star(facts, policy, day)),
        *family_steps(days, lambda day: _reregistered(facts, day)),
        *plan_steps(facts.plans, policy),
    ]


def _pairs(
    facts: FamilyFacts, instrument: Instrument, day: date
) -> Iterator[tuple[UUID | None, ReadingFact, ReadingFact]]:
    """First and last reading until that day, per subject that has both, in the first one's edition."""
    known = sorted(
        (r for r in facts.readings if r.instrument == instrument and r.read_on <= day),
        key=lambda reading: (reading.read_on, list(Occasion).index(reading.occasion)),
    )
    for subject in dict.fromkeys(reading.subject for reading in known):
        own = [reading for reading in known if reading.subject == subject]
        first = next((reading for reading in own if reading.occasion is Occasion.FIRST), own[0])
        later = [r for r in own[own.index(first) + 1 :] if r.edition == first.edition]
        if later:
            yield subject, first, later[-1]


def _attendance(facts: FamilyFacts, policy: Policy, day: date) -> State:
    better = {
        subject
        for subject, first, last in _pairs(facts, Instrument.SCHOOL_ATTENDANCE, day)
        if last.areas["percent"] - first.areas["percent"] >= policy.attendance_gain
    }
    return ("better_school_attendance", len(better)) if better else None


def _star(facts: FamilyFacts, policy: Policy, day: date) -> State:
    changes = [
        change
        for _, first, last in _pairs(facts, Instrument.FAMILY_STAR, day)
        if (change := mean_distance(first.areas, last.areas)) is not None
    ]
    if not changes:
        return None
    gained = sum(changes) / len(changes) >= policy.star_gain
    return ("star_gained" if gained else "star_not_gained"), 0


def _reregistered(facts: FamilyFacts, day: date) -> State:
    begun = [course for course in courses(facts) if course.since <= day]
    if not begun:
        return None
    cp = [plan for plan in facts.plans if plan.type is PlanType.CP]
    again = {
        plan.child
        for plan in cp
        if plan.child in begun[-1].case.children
        and plan.started_on <= day
        and any(o.child == plan.child and begun[0].since <= (o.ended_on or FAR) <= plan.started_on for o in cp)
    }
    return ("reregistered", len(again)) if again else None


def plan_steps(plans: Iterable[PlanFact], policy: Policy) -> Iterator[Step]:
    """Child protection plans are counted as plans, apart from families and children."""
    cp = [plan for plan in plans if plan.type is PlanType.CP]
    for plan in cp:
        yield from _length(plan, policy)
        if plan.ended_on is not None:
            yield from _end(plan, plan.ended_on)
            yield from _followed(plan.ended_on, [o.started_on for o in cp if o.child == plan.child], policy)


def _length(plan: PlanFact, policy: Policy) -> Iterator[Step]:
    long_since = add_months(plan.started_on, policy.long_plan_months)
    if plan.ended_on is None or plan.ended_on > long_since:
        yield Step("cp_open_long", long_since, plan.ended_on or FAR, plans=1)
        if plan.ended_on is not None:
            yield Step("cp_ended_long", plan.ended_on, plans=1)


def _end(plan: PlanFact, ended_on: date) -> Iterator[Step]:
    yield Step("cp_ended", ended_on, plans=1)
    held = sum(review <= ended_on for review in plan.reviews)
    if held in {1, 2}:
        yield Step(f"cp_ended_review_{held}", ended_on, plans=1)


def _followed(ended_on: date, starts: Iterable[date], policy: Policy) -> Iterator[Step]:
    """Counted on the day on which the follow-up is over: whoever was not followed that long is not in the base."""
    until = add_months(ended_on, policy.reregistration_months)
    yield Step("cp_leavers_followed", until, plans=1)
    if any(ended_on <= start <= until for start in starts):
        yield Step("cp_leavers_back", until, plans=1)
