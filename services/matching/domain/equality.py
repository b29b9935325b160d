"""How families of each group fare: which groups a family is in, and what of the counts may be told.

A count from one to five would say who it is (`shared.disclosure`). So would a single count that is missing where the
sum is known: of a group all who ever waited, of one kind of count the same sum over another list of groups. Therefore
in each such line either nothing is withheld, or two counts at least which are not small together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.disclosure.policy import DEFAULT

UNSAID: Final = "not-said"
# A group and a kind of count.
Cell = tuple[str, str]
SUM: Final = "opened"
PARTS: Final = ("matched", "closed", "waiting")
KINDS: Final = (SUM, *PARTS)
DIMENSIONS: Final = ("ethnicity", "faith", "language", "area")


@dataclass(frozen=True, slots=True)
class Fared:
    """Sums of one group. `since_days` are ordinals of the days since when those who wait have waited."""

    value: str
    opened: int
    matched: int
    closed: int
    waiting: int
    since_days: int
    waited_days: int

    def count(self, kind: str) -> int:
        """One of its counts of families."""
        return int(getattr(self, kind))


def withheld(groups: Sequence[Fared]) -> frozenset[Cell]:
    """Of one dimension the counts that are not told, by group and kind."""
    cells = {(one.value, kind): one.count(kind) for one in groups for kind in KINDS}
    hidden = {cell for cell, count in cells.items() if DEFAULT.small(count)}
    # Whose sum is small, of them everything is.
    hidden |= {(value, kind) for value, sum_of in hidden if sum_of == SUM for kind in KINDS}
    grown = -1
    while grown != len(hidden):
        grown = len(hidden)
        for line in _lines(groups):
            hidden |= _beside(cells, line, hidden)
    return frozenset(hidden)


def mean(total: int, count: int) -> int | None:
    """Whole days, rounded half up; none of nobody."""
    return (2 * total + count) // (2 * count) if count else None


def rate(part: int, whole: int) -> int | None:
    """Whole percent, rounded half up; none of nobody."""
    return mean(100 * part, whole)


def groups_of(said: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each dimension what the family said, or that it did not."""
    return {name: sorted(set(said.get(name, ()))) or [UNSAID] for name in DIMENSIONS}


def _lines(groups: Sequence[Fared]) -> list[list[Cell]]:
    """Counts whose sum is told: of each group by its parts, of each kind over the groups."""
    rows = [[(one.value, kind) for kind in PARTS] for one in groups]
    return rows + [[(one.value, kind) for one in groups] for kind in KINDS]


def _beside(cells: Mapping[Cell, int], line: Sequence[Cell], hidden: set[Cell]) -> set[Cell]:
    """What else of the line is withheld, smallest first and zeros last, until it says nothing."""
    mine = {cell for cell in line if cell in hidden}
    rest = sorted((cell for cell in line if cell not in hidden), key=lambda cell: (not cells[cell], cells[cell], cell))
    more = set[Cell]()
    while mine and rest and (len(mine) < 2 or DEFAULT.small(sum(cells[cell] for cell in mine))):
        more.add(rest[0])
        mine.add(rest.pop(0))
    return more
