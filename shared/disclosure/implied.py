"""Counts that no table shows but that two figures may tell when they are subtracted: parts that releases cut out.

A release up to the 30th less one up to the 29th is a table of one day. Whatever of it is a small count needs the same
protection as a small count that is hidden, though nobody hid it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from shared.disclosure.system import Sum, System, TooLargeError
from shared.disclosure.tables import DATE, Box, Release

Region = Mapping[str, tuple[int, ...]]
MOST_PARTS: Final = 200_000


def implied(whole: System, releases: Sequence[Release]) -> dict[Sum, Box]:
    """The atoms of each such part, and the figure that it is a part of."""
    regions = [whole.classes.members(one.definition.overall) for one in releases]
    filters: dict[str, set[tuple[int, ...]]] = {}
    for region in regions:
        for name, classes in region.items():
            if name != DATE:
                filters.setdefault(name, set()).add(classes)
    found: dict[Sum, Box] = {}
    for box in sorted({box for one in releases for box in one.figures}, key=Box.key):
        for atoms in _parts(whole, box, filters, regions):
            found.setdefault(atoms, box)
        if len(found) > MOST_PARTS:
            raise TooLargeError
    figures = {whole.boxes[box] for one in releases for box in one.figures}
    return {atoms: box for atoms, box in found.items() if atoms and atoms not in figures}


def _parts(
    whole: System, box: Box, filters: Mapping[str, set[tuple[int, ...]]], regions: Iterable[Region]
) -> Iterator[Sum]:
    own = whole.classes.members(box)
    names = sorted({*own, *filters, *([DATE] if whole.classes.size(DATE) > 1 else [])})
    options = [list(dict.fromkeys(_options(whole, name, own, filters.get(name, set())))) for name in names]
    for chosen in product(*options):
        yield whole.within(dict(zip(names, chosen, strict=True)))
    every = set(whole.boxes[box])
    for region in regions:
        met = {name: _meet(whole, name, own, region) for name in {*own, *region}}
        yield tuple(sorted(every.difference(whole.within(met))))


def _options(whole: System, name: str, own: Region, filters: Iterable[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """Parts of what a box has of one dimension: all of it, runs of days, either side of a filter, single classes."""
    mine = own.get(name, tuple(range(whole.classes.size(name))))
    yield mine
    if name == DATE:
        yield from (mine[first:after] for first in range(len(mine)) for after in range(first + 1, len(mine) + 1))
        return
    for one in sorted(filters):
        yield tuple(number for number in mine if number in one)
        yield tuple(number for number in mine if number not in one)
    if name in own:
        yield from ((number,) for number in mine)


def _meet(whole: System, name: str, one: Region, other: Region) -> tuple[int, ...]:
    every = tuple(range(whole.classes.size(name)))
    return tuple(number for number in one.get(name, every) if number in other.get(name, every))
