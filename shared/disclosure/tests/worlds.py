"""Small random releases, and every table that could lie behind them, found without any of the code under test."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import permutations, product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.disclosure.counting import Record, holds
from shared.disclosure.policy import Mark
from shared.disclosure.tables import Box, Definition, Dimension, Release, Span

MONDAY: Final = date(2026, 3, 2)
DAYS: Final = 4
SMALL: Final = 6
HOME: Final = Dimension("home", ("north", "east", "south"))
ROLE: Final = Dimension("role", ("cook", "reader"))
SIDE: Final = Dimension(
    "side", ("upper", "lower"), of="home", groups=(frozenset({"north", "east"}), frozenset({"south"}))
)
Matrix = NDArray[np.float64]


def day(number: int) -> date:
    return MONDAY + timedelta(number)


def span(first: int, last: int) -> Span:
    return Span(day(first), day(last))


def record(number: int, home: str, role: str, count: int = 1) -> Record:
    return Record(day(number), {"home": home, "role": role}, count)


def definition(dates: Span, *tables: Sequence[Dimension], **where: set[str]) -> Definition:
    limits = tuple((name, frozenset(values)) for name, values in where.items())
    return Definition(dates, tuple(tuple(table) for table in tables), limits)


def atoms(days: int) -> list[Record]:
    """Every kind of record that there can be, one each."""
    return [record(*one) for one in product(range(days), HOME.values, ROLE.values)]


def matrix(boxes: Sequence[Box], kinds: Sequence[Record]) -> Matrix:
    return np.array([[float(holds(box, kind)) for kind in kinds] for box in boxes]).reshape(len(boxes), len(kinds))


def random_records(chance: random.Random, days: int) -> list[Record]:
    sizes = chance.choice([(0, 1, 2, 4, 7, 12), (0, 0, 0, 1, 3, 9), (2, 3, 6, 8, 20)])
    return [Record(one.day, one.values, chance.choice(sizes)) for one in atoms(days)]


_TABLES: Final[tuple[tuple[tuple[Dimension, ...], ...], ...]] = (
    ((HOME,),),
    ((HOME,), (ROLE,)),
    ((HOME, ROLE),),
    ((ROLE,), (SIDE,)),
    ((SIDE, ROLE), (HOME,)),
    ((),),
)


def random_definition(chance: random.Random, days: int, like: Definition | None = None) -> Definition:
    """Any tables; beside another one mostly of dates that differ by a few days, or of a filter that nests."""
    tables = chance.choice(_TABLES)
    where = chance.choice([{}, {}, {"role": {"cook"}}, {"home": {"north", "east"}}, {"home": {"north"}}])
    first = chance.randrange(days)
    last = chance.randrange(first, days)
    if like is not None and chance.random() < 0.8:
        known = like.dates
        first = max(0, (known.first - MONDAY).days + chance.choice([0, 0, 1]))
        last = max(first, min(days - 1, (known.last - MONDAY).days + chance.choice([-1, 0, 0, 1])))
        tables = chance.choice([like.tables, tables])
    return definition(span(first, last), *tables, **where)


def recovered(releases: Sequence[Release], records: Sequence[Record]) -> list[str]:
    """What can be worked out by adding and subtracting published figures, and from those that are zero.

    A count is worked out if it is a sum of multiples of shown ones: then, and only then, its row of the matrix lies in
    the space that the others' rows span. Sought are hidden counts, and small ones of what only one release has.
    """
    kinds = atoms(DAYS)
    shown = {box: one for release in releases for box, one in release.figures.items() if not isinstance(one, Mark)}
    empty = matrix([box for box, one in shown.items() if one == 0], kinds).any(axis=0)
    known = matrix(list(shown), kinds)[:, ~empty]
    hidden = list({box: None for release in releases for box in release.hidden})
    sought = [(f"hidden {box.key()}", row) for box, row in zip(hidden, matrix(hidden, kinds), strict=True)]
    return [name for name, row in [*sought, *_small_parts(releases, kinds, records)] if _spanned(row[~empty], known)]


def _small_parts(
    releases: Sequence[Release], kinds: Sequence[Record], records: Sequence[Record]
) -> Iterator[tuple[str, Matrix]]:
    """Each cell of one release within and without each other release, where between one and five people are."""
    true = np.array([sum(one.count for one in records if one.day == k.day and one.values == k.values) for k in kinds])
    for one, other in permutations(releases, 2):
        inside = matrix([other.definition.overall], kinds)[0]
        boxes = list(one.figures)
        for box, row in zip(boxes, matrix(boxes, kinds), strict=True):
            for part in (row * inside, row * (1 - inside)):
                if 0 < part @ true < SMALL:
                    yield f"part {box.key()}", part


def _spanned(row: Matrix, known: Matrix) -> bool:
    if not row.any():
        return True
    found: Any = np.linalg.lstsq(known.T, row, rcond=None)[0] if known.size else None
    return found is not None and bool(np.allclose(known.T @ found, row, atol=1e-7))
