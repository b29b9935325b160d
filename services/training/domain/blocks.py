"""Blocks of civil days whose sums are kept, so that any stretch of days is put together from few of them.

Blocks are aligned: block `n` of size `s` is the days `n * s` .. `(n + 1) * s - 1`, counted from 1990-01-01. Each size
is four times the one before, so a day is in seven blocks, and a stretch of days is at most three blocks at either end
of each size and as many of the largest as there are. The database puts days into their blocks the same way
(`participation_blocks`, migration 0009).
"""

from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

FIRST: Final = date(1990, 1, 1)
SIZES: Final = (1, 4, 16, 64, 256, 1024, 4096)


class Stretch(NamedTuple):
    """Neighbouring blocks of one size, both ends included."""

    size: int
    first: int
    last: int


def stretches(first: date, last: date) -> list[Stretch]:
    """The fewest blocks that together are all days from the first to the last, both included."""
    begin, end = number(first), number(last) + 1
    found = []
    for size, larger in pairwise(SIZES):
        step = larger // size
        # In blocks of this size: up to where a larger one begins, and from where the last larger one has ended.
        inner, outer = -(-begin // step), end // step
        if inner >= outer:
            break
        found += [Stretch(size, begin, inner * step - 1), Stretch(size, outer * step, end - 1)]
        begin, end = inner, outer
    else:
        size = SIZES[-1]
    found.append(Stretch(size, begin, end - 1))
    return [one for one in found if one.first <= one.last]


def day_by_day(first: date, last: date) -> list[Stretch]:
    """The same days as blocks of one day: what is kept for single days only."""
    return [Stretch(1, number(first), number(last))] if first <= last else []


def number(day: date) -> int:
    """Where the day stands; before 1990 below 0."""
    return (day - FIRST).days
