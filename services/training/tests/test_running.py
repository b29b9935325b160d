"""What came between any two days is put together from a few running totals, each day once."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.training.domain.running import FIRST, Span, Total, between, number

DAYS: Final = st.one_of(st.dates(date(1987, 9, 1), date(1991, 6, 30)), st.dates())
# People came on these days: every third one of some years, and the edges of months and years among them.
HELD: Final = sorted(
    {date(1987, 11, 5) + timedelta(days=3 * one) for one in range(400)}
    | {date(year, month, 1) - timedelta(days=one) for year in (1988, 1990) for month in (1, 3, 7) for one in (0, 1)}
)


def _place(span: Span, day: date) -> tuple[int, int]:
    """Which row of the span this day is the last one of, and where the span of that row begins."""
    months = 12 * day.year + day.month - 1
    return {
        Span.DAY: (number(day), number(day)),
        Span.MONTH: (number(day), number(day.replace(day=1))),
        Span.YEAR: (months, 12 * day.year),
        Span.EVER: (day.year, -1),
    }[span]


def _counted(asked: Mapping[Total, int]) -> Counter[date]:
    """What the rows that HELD would leave say, day by day."""
    found: Counter[date] = Counter()
    for (span, first, last), sign in asked.items():
        rows = {place: begins for place, begins in (_place(span, day) for day in HELD) if first <= place <= last}
        if rows:
            row = max(rows)
            for day in HELD:
                place, begins = _place(span, day)
                found[day] += sign * (begins == rows[row] and place <= row)
    return Counter({day: n for day, n in found.items() if n})


@given(DAYS, DAYS)
def test_any_pair_is_all_its_days_once_and_few_totals(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    asked = between(first, last)
    assert len(asked) <= 6
    assert _counted(asked) == Counter(day for day in HELD if first <= day <= last)


@given(DAYS)
def test_whatever_is_told_of_a_single_day_is_that_day(day: date) -> None:
    assert _counted(between(day, day)) == Counter([day] if day in HELD else [])


def test_pairs_around_the_ends_of_months_and_years_are_all_their_days_once() -> None:
    ends = [date(year, month, 1) for year in (1989, 1990) for month in (1, 12)]
    around = [end + timedelta(days=one) for end in ends for one in (-2, -1, 0, 1)]
    for first in around:
        for last in around:
            assert _counted(between(first, last)) == Counter(day for day in HELD if first <= day <= last), (first, last)


def test_what_ends_before_it_begins_has_no_totals() -> None:
    assert between(FIRST, FIRST - timedelta(days=1)) == {}


def test_all_of_time_is_one_total() -> None:
    assert between(date.min, date.max) == {Total(Span.EVER, -1, 9999): 1}


def test_whole_months_of_a_year_are_two_totals_that_lie_side_by_side() -> None:
    assert between(date(2024, 4, 1), date(2024, 6, 30)) == {
        Total(Span.YEAR, 12 * 2024, 12 * 2024 + 5): 1,
        Total(Span.YEAR, 12 * 2024, 12 * 2024 + 2): -1,
    }


def test_a_whole_year_is_what_came_by_its_end_less_what_came_by_the_end_of_the_one_before() -> None:
    told = {Total(Span.EVER, -1, 2024): 1, Total(Span.EVER, -1, 2023): -1}
    assert between(date(2024, 1, 1), date(2024, 12, 31)) == told
