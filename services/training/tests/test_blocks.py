"""Any stretch of days is put together from few blocks, each day once."""

from datetime import date, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.training.domain.blocks import FIRST, SIZES, Stretch, day_by_day, number, stretches

DAYS: Final = st.dates(date(1980, 1, 1), date(2080, 12, 31))


def _days(found: list[Stretch]) -> list[int]:
    return sorted(day for one in found for block in range(one.first, one.last + 1) for day in _block(one.size, block))


def _block(size: int, block: int) -> range:
    return range(block * size, (block + 1) * size)


def test_every_pair_of_a_small_range_is_all_its_days_once() -> None:
    for begin in range(-66, 70):
        for end in range(begin - 1, 140):
            first, last = FIRST + timedelta(days=begin), FIRST + timedelta(days=end)
            assert _days(stretches(first, last)) == list(range(begin, end + 1)), (begin, end)


@given(DAYS, DAYS)
def test_any_pair_is_all_its_days_once_and_few_blocks(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    found = stretches(first, last)
    assert _days(found) == list(range(number(first), number(last) + 1))
    assert {one.size for one in found} <= set(SIZES)
    small = [one for one in found if one.size < SIZES[-1]]
    assert sum(one.last - one.first + 1 for one in small) <= 2 * 3 * (len(SIZES) - 1)
    assert len(found) <= 2 * (len(SIZES) - 1) + 1


def test_what_ends_before_it_begins_has_no_blocks() -> None:
    assert stretches(FIRST, FIRST - timedelta(days=1)) == []
    assert day_by_day(FIRST, FIRST - timedelta(days=1)) == []


def test_all_of_time_has_few_blocks_too() -> None:
    assert len(stretches(date.min, date.max)) <= 2 * len(SIZES)


@given(DAYS)
def test_a_single_day_is_one_block_of_its_own(day: date) -> None:
    assert stretches(day, day) == [Stretch(1, number(day), number(day))] == day_by_day(day, day)
