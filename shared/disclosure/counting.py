"""From records to the figures of a release, before anything is hidden."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.disclosure.tables import Box, Definition, Dimension, Span


@dataclass(frozen=True, slots=True)
class Record:
    """`count` people (or whatever is counted) of one day who share these values; one value of each dimension."""

    day: date
    values: Mapping[str, str]
    count: int = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """A release's true counts; `lacking` are the boxes for which no data were collected."""

    definition: Definition
    counts: Mapping[Box, int]
    lacking: frozenset[Box]


class UnlistedValueError(ValueError):
    """A record has a value that the dimension's list does not: a table would not add up to its total."""


def holds(box: Box, record: Record) -> bool:
    return box.dates.first <= record.day <= box.dates.last and all(
        record.values.get(name) in values for name, values in box.where
    )


def counted(definition: Definition, records: Iterable[Record]) -> Counted:
    """Each figure once, of the records that are in its dates and pass the filter."""
    inside = [record for record in records if holds(definition.overall, record)]
    cells: Counter[tuple[int, tuple[str | None, ...]]] = Counter()
    for number, dimensions in enumerate(definition.tables):
        for record in inside:
            for keys in _keys(dimensions, record):
                cells[number, keys] += record.count
    places = [place for place in definition.places() if place.box is not None]
    lacking = frozenset(box for place in places if (box := place.box) and definition.lacks(place))
    counts = {place.box: cells[place.table, place.keys] for place in places if place.box and place.box not in lacking}
    counts.setdefault(definition.overall, sum(record.count for record in inside))
    return Counted(definition, counts, lacking)


def _keys(dimensions: Sequence[Dimension], record: Record) -> Iterator[tuple[str | None, ...]]:
    """The cell of the record and every total that it counts in."""
    if not dimensions:
        yield ()
        return
    own = _value(dimensions[0], record)
    for rest in _keys(dimensions[1:], record):
        yield (own, *rest)
        yield (None, *rest)


def _value(dimension: Dimension, record: Record) -> str:
    for value in dimension.values if dimension.groups else ():
        group = dimension.group(value)
        if (
            group.first <= record.day <= group.last
            if isinstance(group, Span)
            else record.values.get(dimension.of) in group
        ):
            return value
    if not dimension.groups and (value := record.values.get(dimension.name, "")) in dimension.values:
        return value
    raise UnlistedValueError(dimension.name)
