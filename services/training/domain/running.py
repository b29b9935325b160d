"""Running totals: how many came until a day, so that a period is what came until its end less what came before it.

A total counts one day alone, or a month until a day of it, or a year until a month of it, or all years until one. What
came until a day is the sum of at most three of them, and each is the last row that is not after a number: a day, month
or year without anybody has no row, the one before it says the same. The database keeps them (participation_totals).
"""

from calendar import monthrange
from collections import Counter
from datetime import date, timedelta
from enum import IntEnum
from typing import Final, NamedTuple

FIRST: Final = date(1990, 1, 1)
# Before any year that there is.
_LONG_AGO: Final = -1
_MONTHS: Final = 12


class Span(IntEnum):
    """How far back a total counts, and what `until` numbers: days since 1990, months, years."""

    DAY = 0
    MONTH = 1
    YEAR = 2
    EVER = 3


class Total(NamedTuple):
    """The last row of a span from `first` to `last`; where there is none it is nothing."""

    span: Span
    first: int
    last: int


def until(day: date) -> list[Total]:
    """What together is everything up to this day, the day included."""
    months, years = day.month, day.year
    found = []
    if day.day < monthrange(day.year, day.month)[1]:
        found.append(Total(Span.MONTH, number(day.replace(day=1)), number(day)))
        months -= 1
    if months < _MONTHS:
        years -= 1
        if months:
            found.append(Total(Span.YEAR, day.year * _MONTHS, day.year * _MONTHS + months - 1))
    return [*found, Total(Span.EVER, _LONG_AGO, years)]


def between(first: date, last: date) -> dict[Total, int]:
    """What is added (1) and taken away (-1) for the days from the first to the last, both included."""
    if first > last:
        return {}
    found = Counter(until(last))
    if first > date.min:
        found.subtract(until(first - timedelta(days=1)))
    return {total: sign for total, sign in found.items() if sign}


def number(day: date) -> int:
    """Where the day stands; before 1990 below 0."""
    return (day - FIRST).days
