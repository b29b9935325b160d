"""Frequency tables with totals, and the release that freezes a set of them: plain values.

Every cell stands for a *box*: the dates and the values that its records have. Equal boxes are one figure, however many
tables of a release show it; that is how tables are linked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Final

from shared.disclosure.policy import Figure, Mark, Policy

# The dimension that every record has; a dimension `of` it has spans of days as its groups (months, quarters).
DATE: Final = "date"
Keys = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Civil days, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a span ends before it begins")

    def meet(self, other: "Span") -> "Span | None":
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Span(first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a table counts by. `values` is the whole list, also of those that nobody has; there are no others.

    One whose values are groups of another's (months of dates, labels of a code) says `of` which, and of what each
    consists: so tables by either are seen together.
    """

    name: str
    values: tuple[str, ...]
    of: str = ""
    groups: tuple[frozenset[str] | Span, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.values)) != len(self.values) or not self.values:
            raise ValueError("a dimension has values, and each of them once")
        if bool(self.of) != bool(self.groups) or (self.groups and len(self.groups) != len(self.values)):
            raise ValueError("a dimension of another has one group for each of its values")
        if self.name == DATE or any(isinstance(one, Span) != (self.of == DATE) for one in self.groups):
            raise ValueError("groups of dates, and only they, are spans")

    @property
    def base(self) -> str:
        return self.of or self.name

    def group(self, value: str) -> frozenset[str] | Span:
        return self.groups[self.values.index(value)] if self.groups else frozenset((value,))

    def union(self) -> frozenset[str]:
        """Every value of the base that is in one of the groups; empty for groups of dates."""
        return frozenset(one for value in self.values for one in _plain(self.group(value)))


def _plain(group: frozenset[str] | Span) -> frozenset[str]:
    return frozenset() if isinstance(group, Span) else group


@dataclass(frozen=True, slots=True)
class Box:
    """The records of these days whose value of each named dimension is one of a set."""

    dates: Span
    where: tuple[tuple[str, frozenset[str]], ...] = ()

    def narrowed(self, base: str, group: frozenset[str] | Span) -> "Box | None":
        """What of it is also in the group; None where nothing can be."""
        if isinstance(group, Span):
            dates = self.dates.meet(group)
            return None if dates is None else Box(dates, self.where)
        limits = dict(self.where)
        limits[base] = limits.get(base, group) & group
        return Box(self.dates, tuple(sorted(limits.items(), key=lambda one: one[0]))) if limits[base] else None

    def key(self) -> tuple[object, ...]:
        """An order that is the same in every process."""
        return self.dates, tuple((name, tuple(sorted(values))) for name, values in self.where)


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of a table: which value of each dimension, None for the total over it, and its box if there can be one."""

    table: int
    keys: Keys
    box: Box | None


@dataclass(frozen=True, slots=True)
class Definition:
    """Which tables a release has: dates, filter, and the dimensions of each table (none: the overall total alone).

    `unavailable` names values for which no data were collected; their cells are marked, and say nothing.
    """

    dates: Span
    tables: tuple[tuple[Dimension, ...], ...]
    where: tuple[tuple[str, frozenset[str]], ...] = ()
    unavailable: frozenset[tuple[str, str]] = frozenset()

    @property
    def overall(self) -> Box:
        return Box(self.dates, tuple(sorted(self.where, key=lambda one: one[0])))

    def places(self) -> Iterator[Place]:
        """Every cell and every total of every table."""
        for number, dimensions in enumerate(self.tables):
            for keys in product(*((*dimension.values, None) for dimension in dimensions)):
                yield Place(number, keys, self._box(dimensions, keys))

    def _box(self, dimensions: tuple[Dimension, ...], keys: Keys) -> Box | None:
        box: Box | None = self.overall
        for dimension, key in zip(dimensions, keys, strict=True):
            if key is not None and box is not None:
                box = box.narrowed(dimension.base, dimension.group(key))
        return box

    def lacks(self, place: Place) -> bool:
        names = (dimension.name for dimension in self.tables[place.table])
        return any(
            key is not None and (name, key) in self.unavailable for name, key in zip(names, place.keys, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Release:
    """What is published: one figure for each box. `primary`, the small ones among them, never leaves the house."""

    definition: Definition
    policy: Policy
    figures: Mapping[Box, Figure]
    primary: frozenset[Box] = field(default=frozenset(), repr=False)

    @property
    def hidden(self) -> tuple[Box, ...]:
        return tuple(sorted((box for box, one in self.figures.items() if one is Mark.HIDDEN), key=Box.key))

    def figure(self, place: Place) -> Figure:
        return Mark.NOT_APPLICABLE if place.box is None else self.figures[place.box]

    def percentage(self, place: Place) -> Decimal | Mark:
        """Of the overall total, to one decimal, made of shown figures only: so it tells nothing that they do not."""
        part, whole = self.figure(place), self.figures[self.definition.overall]
        if isinstance(part, Mark):
            return part
        if isinstance(whole, Mark):
            return whole
        if not whole:
            return Mark.NOT_APPLICABLE
        return (Decimal(100) * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
