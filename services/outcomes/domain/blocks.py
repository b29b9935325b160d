"""Blocks of days whose sums are kept, so that the sum of any stretch of days is read from few of them.

The blocks are those of a binary indexed tree: block `n` ends with day `n` and is as long as the largest power of two
that divides `n`. A day is in at most sixteen blocks, and all days up to another one are at most fifteen blocks put
together, whatever the number of rows that were summed. The database puts the days into their blocks
(`tally_blocks`, migration 0006).
"""

from datetime import date
from typing import Final

# What is older counts as this day; a step that ends after the last day of all has not ended.
FIRST: Final = date(1990, 1, 1)
DAYS: Final = 32_768


def until(day: date) -> list[int]:
    """The blocks that together are all days up to that one, it included; none before the first day."""
    return _up_to(_number(day))


def after(day: date) -> list[int]:
    """The blocks that together are all days after that one, counted from the last day of all."""
    return _up_to(DAYS - _number(day))


def _number(day: date) -> int:
    return min(max((day - FIRST).days + 1, 0), DAYS)


def _up_to(number: int) -> list[int]:
    found = []
    while number:
        found.append(number)
        number &= number - 1
    return found
