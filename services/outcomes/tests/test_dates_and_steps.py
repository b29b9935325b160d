"""Whole months, steps of a state, and the difference that a change makes to the tallies."""

from datetime import date
from decimal import Decimal

import pytest

from services.outcomes.domain.cost import CostInput, percent, ratio_like_for_like, shown
from services.outcomes.domain.dates import FAR, add_months, months_between
from services.outcomes.domain.steps import State, Step, changes, family_steps


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-12-31", 2, "2025-02-28"),
        ("2024-05-15", 24, "2026-05-15"),
        ("2024-05-15", 0, "2024-05-15"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(day: str, months: int, then: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(then)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2024-01-15", "2024-01-15", 0),
        ("2024-01-15", "2024-02-14", 0),
        ("2024-01-15", "2024-02-15", 1),
        ("2024-01-31", "2024-02-29", 1),
        ("2022-06-10", "2024-06-09", 23),
        ("2022-06-10", "2024-06-10", 24),
    ],
)
def test_only_whole_months_count(first: str, last: str, months: int) -> None:
    assert months_between(date.fromisoformat(first), date.fromisoformat(last)) == months


def test_a_state_becomes_one_step_for_each_time_it_holds() -> None:
    days = [date(2026, 1, number) for number in (5, 1, 3, 9)]
    states: dict[date, State] = dict(zip(sorted(days), (None, ("a", 2), ("a", 2), ("b", 1)), strict=True))
    assert list(family_steps(days, states.__getitem__)) == [
        Step("a", date(2026, 1, 3), date(2026, 1, 9), families=1, children=2),
        Step("b", date(2026, 1, 9), FAR, families=1, children=1),
    ]


def test_a_state_that_ends_is_not_counted_on() -> None:
    states: dict[date, State] = {date(2026, 1, 1): ("a", 1), date(2026, 1, 2): None}
    assert list(family_steps(states, states.__getitem__)) == [
        Step("a", date(2026, 1, 1), date(2026, 1, 2), families=1, children=1)
    ]


def test_the_difference_of_two_countings_makes_one_of_the_other() -> None:
    same = Step("a", date(2026, 1, 1), families=1, children=2)
    old, new = Step("b", date(2026, 1, 2), plans=1), Step("b", date(2026, 1, 3), plans=1)
    assert changes([same, old], [new, same]) == [
        Step("b", date(2026, 1, 2), plans=-1),
        Step("b", date(2026, 1, 3), plans=1),
    ]
    assert changes([same], [same]) == []
    assert changes([], [new, new]) == [Step("b", date(2026, 1, 3), plans=2)]


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [("4431.9375", 2, "4431.94"), ("81596.875", 0, "81597"), ("0.5", 0, "1"), ("2.5", 0, "3"), ("1.005", 2, "1.01")],
)
def test_figures_are_rounded_half_up(value: str, places: int, text: str) -> None:
    assert shown(Decimal(value), places) == text


def test_there_is_no_share_of_nothing_and_no_ratio_to_no_cost() -> None:
    assert percent(1, 0) is None
    assert percent(20, 23) == "87.0"
    assert ratio_like_for_like(CostInput(Decimal(1), 1), CostInput(Decimal(0), 1)) is None
