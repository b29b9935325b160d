"""What holds of every family whatever its course: one result at a time, and tallies that can be kept by differences."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.outcomes.domain.facts import CaseFact, FamilyFacts, PlanFact, Policy, StageFact
from services.outcomes.domain.measures import everything
from services.outcomes.domain.plans import PlanType
from services.outcomes.domain.results import results
from services.outcomes.domain.steps import Step, changes
from shared.ids import new_id

CHILDREN = [new_id() for _ in range(3)]
CASES = [new_id(), new_id()]
days = st.integers(0, 60).map(lambda number: date(2026, 1, 1) + timedelta(days=number))
children = st.sampled_from(CHILDREN)


@st.composite
def plans(draw: st.DrawFn) -> PlanFact:
    first, last = sorted((draw(days), draw(days)))
    kind = draw(st.sampled_from(PlanType))
    return PlanFact(draw(children), kind, first, draw(st.sampled_from([None, last])), returned_home=draw(st.booleans()))


@st.composite
def cases(draw: st.DrawFn) -> CaseFact:
    first, last = sorted((draw(days), draw(days)))
    named = frozenset(draw(st.lists(children, min_size=1)))
    return CaseFact(draw(st.sampled_from(CASES)), named, first, first, draw(st.sampled_from([None, last])))


families = st.builds(
    FamilyFacts,
    cases=st.lists(cases(), max_size=2).map(tuple),
    plans=st.lists(plans(), max_size=5).map(tuple),
    stages=st.lists(st.builds(StageFact, children, st.integers(1, 4), days), max_size=6).map(tuple),
    gone=st.dictionaries(children, days, max_size=1),
)


@settings(max_examples=150, deadline=None)
@given(families)
def test_a_family_has_at_most_one_result_on_any_day(family: FamilyFacts) -> None:
    steps = list(results(family))
    for step, following in pairwise(steps):
        assert step.day < step.until <= following.day
    assert all(step.families == 1 and 0 < step.children <= len(CHILDREN) for step in steps)


def summed(steps: list[Step]) -> Counter[tuple[str, date, date, str]]:
    sums: Counter[tuple[str, date, date, str]] = Counter()
    for step in steps:
        for unit in ("families", "children", "plans"):
            sums[step.figure, step.day, step.until, unit] += getattr(step, unit)
    return Counter({key: value for key, value in sums.items() if value})


@settings(max_examples=100, deadline=None)
@given(families, families)
def test_tallies_kept_by_differences_are_those_counted_anew(before: FamilyFacts, after: FamilyFacts) -> None:
    old, new = everything(before, Policy()), everything(after, Policy())
    assert summed([*old, *changes(old, new)]) == summed(new)
