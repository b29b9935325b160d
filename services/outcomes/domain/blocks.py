"""Blocks of days whose sums are kept, so that the sum of any stretch of days is read from few of them.

The blocks are those of a binary indexed tree: block `n` ends with day `n` and is as long as the largest power of two
that divides `n`. A day is in at most sixteen blocks, and all days up to another one are at most fifteen blocks put
together, whatever the number of rows that were summed. The database puts the days into their blocks
(`tally_blocks`, migration 0006).

What depends on two days at once, a first one and an end, is kept by plain blocks of 64 days each (migration 0008).
"""

from datetime import date
from typing import Final

# What is older counts as this day; a step that ends after the last day of all has not ended.
FIRST: Final = date(1990, 1, 1)
DAYS: Final = 32_768
_LENGTH: Final = 64
_WHOLE_BLOCKS: Final = -1


def until(day: date) -> list[int]:
    """The blocks that together are all days up to that one, it included; none before the first day."""
    return _up_to(_number(day))


def before_plain(day: date) -> list[int]:
    """The blocks of the tree that together are all days before that day's plain block."""
    return _up_to(plain(day) * _LENGTH)


def plain(day: date) -> int:
    """The plain block that the day is in, counted from 0."""
    return (_number(day) - 1) // _LENGTH


def place(day: date) -> int:
    """Where the day stands in its plain block's counts, of which the first one is of all days before the block."""
    return _number(day) - plain(day) * _LENGTH + 1


def stretches(day: date) -> dict[int, int]:
    """Where all ends up to that day are: in its own plain block until it, and in the whole blocks before that one."""
    return {plain(day): _number(day), _WHOLE_BLOCKS: plain(day)}


def _number(day: date) -> int:
    return min(max((day - FIRST).days + 1, 0), DAYS)


def _up_to(number: int) -> list[int]:
    found = []
    while number:
        found.append(number)
        number &= number - 1
    return found
