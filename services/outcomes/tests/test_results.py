"""How a family's one result is derived from its stages, plans and readings."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.outcomes.domain.dates import FAR
from services.outcomes.domain.facts import CaseFact, FamilyFacts, PlanFact, Policy, ReadingFact, StageFact
from services.outcomes.domain.instruments import Occasion
from services.outcomes.domain.measures import everything
from services.outcomes.domain.plans import PlanType
from services.outcomes.domain.results import results
from services.outcomes.domain.steps import Step
from shared.ids import new_id

CHILD, SIBLING = new_id(), new_id()
CP, CIN, EARLY, CARE = PlanType.CP, PlanType.CIN, PlanType.EARLY_HELP, PlanType.LOOKED_AFTER


def d(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


BEFORE, RECEIVED, LATER, END = d("01-01"), d("02-01"), d("05-01"), d("08-01")
CASE = CaseFact(new_id(), frozenset({CHILD}), RECEIVED, d("02-03"))
BOTH = replace(CASE, children=frozenset({CHILD, SIBLING}))


def stage(level: int, day: date, child: UUID = CHILD) -> StageFact:
    return StageFact(child, level, day)


def facts(*things: CaseFact | StageFact | PlanFact | ReadingFact, gone: dict[UUID, date] | None = None) -> FamilyFacts:
    return FamilyFacts(
        cases=tuple(one for one in things if isinstance(one, CaseFact)),
        stages=tuple(one for one in things if isinstance(one, StageFact)),
        plans=tuple(one for one in things if isinstance(one, PlanFact)),
        readings=tuple(one for one in things if isinstance(one, ReadingFact)),
        gone=gone or {},
    )


def brief(family: FamilyFacts) -> list[tuple[str, date, int]]:
    return [(step.figure, step.day, step.children) for step in results(family)]


@pytest.mark.parametrize(
    ("first", "then", "figure"),
    [
        (4, 3, "moved_4_3"),
        (4, 2, "moved_4_2"),
        (3, 2, "moved_3_2"),
        (4, 1, "improved_other"),
        (3, 1, "improved_other"),
        (2, 1, "improved_other"),
        (4, 4, "still_supported"),
        (3, 3, "still_supported"),
        (3, 4, "still_supported"),
        (2, 3, "still_supported"),
        (1, 1, "still_supported"),
    ],
)
def test_every_pair_of_stages_without_a_plan_has_its_result(first: int, then: int, figure: str) -> None:
    family = facts(CASE, stage(first, BEFORE), stage(then, LATER))
    assert brief(family) == [(figure, LATER, 1)]


@pytest.mark.parametrize(
    ("level", "kind", "figure"),
    [
        (4, CP, "completed_stage_4"),
        (4, CIN, "improved_other"),
        (3, CP, "completed_stage_3"),
        (3, CIN, "completed_stage_3"),
        (3, EARLY, "improved_other"),
        (2, EARLY, "improved_other"),
    ],
)
def test_a_plan_that_ends_with_no_support_after_it_completes_the_stage(level: int, kind: PlanType, figure: str) -> None:
    assert brief(facts(CASE, stage(level, BEFORE), PlanFact(CHILD, kind, BEFORE, END))) == [(figure, END, 1)]


def test_a_family_is_not_tracked_before_a_second_look() -> None:
    assert brief(facts(CASE, stage(4, BEFORE), PlanFact(CHILD, CP, BEFORE))) == []
    assert brief(facts(CASE, stage(4, BEFORE), PlanFact(CHILD, EARLY, BEFORE, RECEIVED.replace(day=1)))) != []
    ended_before = PlanFact(CHILD, EARLY, BEFORE, d("01-31"))
    assert brief(facts(CASE, stage(4, BEFORE), ended_before)) == []


def test_without_any_stage_there_is_no_result() -> None:
    assert brief(facts(CASE, PlanFact(CHILD, CP, BEFORE, END))) == []


def test_a_first_stage_that_comes_late_is_the_baseline() -> None:
    assert brief(facts(CASE, stage(4, LATER))) == []
    assert brief(facts(CASE, stage(4, LATER), stage(3, END))) == [("moved_4_3", END, 1)]


def test_stages_before_the_baseline_are_history() -> None:
    family = facts(CASE, stage(2, d("01-01")), stage(4, d("01-20")), stage(3, LATER))
    assert brief(family) == [("moved_4_3", LATER, 1)]


def test_a_baseline_reading_before_the_receipt_moves_the_baseline() -> None:
    reading = ReadingFact("family_star", "1", Occasion.FIRST, BEFORE, {"a1": 3}, CASE.referral)
    family = facts(CASE, reading, stage(4, BEFORE), stage(3, d("01-20")))
    assert brief(family) == [("moved_4_3", d("01-20"), 1)]


@pytest.mark.parametrize("occasion", [Occasion.REVIEW, Occasion.CLOSING])
def test_a_later_reading_is_a_second_look(occasion: Occasion) -> None:
    reading = ReadingFact("family_star", "1", occasion, LATER, {"a1": 3}, CASE.referral)
    assert brief(facts(CASE, stage(3, BEFORE), reading)) == [("still_supported", LATER, 1)]
    elsewhere = replace(reading, referral=new_id())
    assert brief(facts(CASE, stage(3, BEFORE), elsewhere)) == []


def test_a_familys_stage_is_its_highest_childs() -> None:
    family = facts(BOTH, stage(4, BEFORE), stage(3, BEFORE, SIBLING), stage(2, LATER))
    assert brief(family) == [("moved_4_3", LATER, 2)]


def test_completion_waits_for_the_last_child() -> None:
    one, other = PlanFact(CHILD, CP, BEFORE, LATER), PlanFact(SIBLING, CP, BEFORE, END)
    family = facts(BOTH, stage(4, BEFORE), stage(4, BEFORE, SIBLING), one, other)
    assert brief(family) == [("still_supported", LATER, 2), ("completed_stage_4", END, 2)]


def test_a_sibling_at_a_stage_without_a_plan_is_still_supported() -> None:
    family = facts(BOTH, stage(4, BEFORE), stage(3, BEFORE, SIBLING), PlanFact(CHILD, CP, BEFORE, END))
    assert brief(family) == [("moved_4_3", END, 2)]


def test_a_child_with_an_open_plan_and_no_stage_counts_as_where_the_family_began() -> None:
    family = facts(BOTH, stage(4, BEFORE), stage(1, LATER), PlanFact(SIBLING, CP, BEFORE))
    assert brief(family) == [("still_supported", LATER, 2)]


def test_a_stage_recorded_with_the_end_of_a_plan_is_further_support() -> None:
    family = facts(CASE, stage(4, BEFORE), PlanFact(CHILD, CP, BEFORE, END), stage(2, END))
    assert brief(family) == [("moved_4_2", END, 1)]


def test_of_two_stages_for_one_day_the_later_record_holds() -> None:
    family = facts(CASE, stage(4, BEFORE), stage(2, LATER), stage(3, LATER))
    assert brief(family) == [("moved_4_3", LATER, 1)]


def test_a_return_home_comes_before_every_other_result_and_counts_who_returned() -> None:
    care = PlanFact(CHILD, CARE, BEFORE, LATER, returned_home=True)
    family = facts(BOTH, stage(4, BEFORE), stage(4, BEFORE, SIBLING), care, PlanFact(SIBLING, CP, BEFORE))
    assert brief(family) == [("returned_from_care", LATER, 1)]
    again = facts(BOTH, stage(4, BEFORE), care, PlanFact(CHILD, CARE, END), stage(4, END))
    assert brief(again) == [("returned_from_care", LATER, 1), ("still_supported", END, 2)]


def test_an_end_of_care_without_a_return_home_is_none() -> None:
    family = facts(CASE, stage(4, BEFORE), PlanFact(CHILD, CARE, BEFORE, LATER), stage(4, LATER))
    assert brief(family) == [("still_supported", LATER, 1)]


def test_a_case_that_closes_without_improvement_is_told_apart() -> None:
    closed = replace(CASE, closed_on=END)
    family = facts(closed, stage(3, BEFORE), stage(3, LATER))
    assert brief(family) == [("still_supported", LATER, 1), ("closed_unimproved", END, 1)]


def test_an_improvement_stays_when_the_case_closes() -> None:
    closed = replace(CASE, closed_on=END)
    assert brief(facts(closed, stage(3, BEFORE), stage(2, LATER))) == [("moved_3_2", LATER, 1)]


def test_a_later_case_decides_alone_so_that_the_family_never_counts_twice() -> None:
    second = CaseFact(new_id(), frozenset({CHILD}), d("06-01"), d("06-02"))
    closed = replace(CASE, closed_on=d("05-20"))
    family = facts(closed, second, stage(3, BEFORE), stage(2, LATER), stage(3, d("06-01")), stage(3, END))
    assert list(results(family)) == [
        Step("moved_3_2", LATER, d("06-01"), families=1, children=1),
        Step("still_supported", END, FAR, families=1, children=1),
    ]


def test_a_child_who_died_or_went_away_is_no_success() -> None:
    plan = PlanFact(CHILD, CP, BEFORE, END)
    assert brief(facts(CASE, stage(4, BEFORE), plan, gone={CHILD: END})) == [("still_supported", END, 1)]
    left = facts(BOTH, stage(4, BEFORE), stage(3, BEFORE, SIBLING), stage(3, LATER, SIBLING), gone={CHILD: END})
    assert brief(left)[-1] == ("moved_4_3", END, 1)


def test_attendance_counts_the_children_whose_last_reading_is_better_by_the_margin() -> None:
    def read(child: UUID, day: date, percent: int, occasion: Occasion) -> ReadingFact:
        return ReadingFact("school_attendance", "1", occasion, day, {"percent": percent}, None, child)

    first, last = Occasion.FIRST, Occasion.CLOSING
    family = facts(
        read(CHILD, BEFORE, 80, first),
        read(CHILD, LATER, 85, last),
        read(SIBLING, BEFORE, 80, first),
        read(SIBLING, LATER, 80, Occasion.REVIEW),
        read(SIBLING, END, 81, last),
    )
    steps = [step for step in everything(family, Policy()) if step.figure == "better_school_attendance"]
    assert [(step.day, step.until, step.families, step.children) for step in steps] == [
        (LATER, END, 1, 1),
        (END, FAR, 1, 2),
    ]
    assert not everything(family, Policy(attendance_gain=6))
