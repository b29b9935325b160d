"""Into which classes the boxes of several releases divide dates and values: what no box tells apart is one class."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from shared.disclosure.counting import Record
from shared.disclosure.tables import DATE, Box, Span


@dataclass(frozen=True, slots=True)
class Values:
    """The classes of one dimension. Class 0 holds every value that no box names."""

    sets: tuple[frozenset[str], ...]
    of: Mapping[str, int]
    members: Mapping[frozenset[str], tuple[int, ...]]
    size: int

    @classmethod
    def told_apart_by(cls, sets: Iterable[frozenset[str]]) -> "Values":
        """Two values are of one class where every set has both or neither."""
        ordered = tuple(sorted(set(sets), key=sorted))
        named = sorted(frozenset[str]().union(*ordered))
        signs = {value: tuple(value in one for one in ordered) for value in named}
        numbers = {(False,) * len(ordered): 0}
        for value in named:
            numbers.setdefault(signs[value], len(numbers))
        members = {one: tuple(sorted({numbers[signs[value]] for value in one})) for one in ordered}
        return cls(ordered, {value: numbers[signs[value]] for value in named}, members, len(numbers))


@dataclass(frozen=True, slots=True)
class Days:
    """The longest spans that no release's dates, and no group of dates, begin or end in; only those of a release."""

    spans: tuple[Span, ...]

    @classmethod
    def told_apart_by(cls, spans: Sequence[Span]) -> "Days":
        cuts = sorted({one.first for one in spans} | {one.last + timedelta(1) for one in spans})
        parts = [Span(first, after - timedelta(1)) for first, after in pairwise(cuts)]
        return cls(tuple(part for part in parts if any(part.meet(one) for one in spans)))

    def of(self, day: date) -> int | None:
        return next((number for number, one in enumerate(self.spans) if one.first <= day <= one.last), None)

    def members(self, span: Span) -> tuple[int, ...]:
        return tuple(number for number, one in enumerate(self.spans) if one.meet(span))


@dataclass(frozen=True, slots=True)
class Classes:
    """Every dimension's classes, dates among them."""

    days: Days
    values: Mapping[str, Values]

    @classmethod
    def told_apart_by(cls, boxes: Sequence[Box], unions: Iterable[tuple[str, frozenset[str]]]) -> "Classes":
        sets: dict[str, set[frozenset[str]]] = {}
        for name, values in [limit for box in boxes for limit in box.where] + list(unions):
            sets.setdefault(name, set()).add(values)
        named = {name: Values.told_apart_by(found) for name, found in sorted(sets.items())}
        return cls(Days.told_apart_by([box.dates for box in boxes]), named)

    def size(self, name: str) -> int:
        return len(self.days.spans) if name == DATE else self.values[name].size

    def members(self, box: Box) -> dict[str, tuple[int, ...]]:
        """Which classes of each dimension a box holds; a dimension of which it holds all is left out."""
        found = {name: self.values[name].members[values] for name, values in box.where}
        found[DATE] = self.days.members(box.dates)
        return {name: classes for name, classes in found.items() if len(classes) < self.size(name)}

    def of(self, record: Record) -> dict[str, int] | None:
        """The class of each dimension, None for a record of a day that is in no release."""
        day = self.days.of(record.day)
        if day is None:
            return None
        found = {name: values.of.get(record.values.get(name, ""), 0) for name, values in self.values.items()}
        return found | {DATE: day}
