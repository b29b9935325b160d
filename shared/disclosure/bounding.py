"""The least and the most of sums of atoms over all tables of whole numbers that fit one part of a system."""

from collections.abc import Mapping

import numpy as np

from shared.disclosure.reduction import Part, Row
from shared.disclosure.solver import Limits, Program
from shared.disclosure.system import Sum
from shared.disclosure.verdict import Bounds


class Bounded:
    """One part and its program. Each table found widens what has been seen of every sum, so few are searched for."""

    def __init__(self, part: Part, least: Mapping[Sum, int], most: int) -> None:
        self._most = most
        self.sums = {one: number for number, one in enumerate(part.sums)}
        place = {atom: number for number, atom in enumerate(part.atoms)}
        self._columns = [[place[atom] for atom in atoms] for atoms, _ in part.sums.values()]
        self._flat = np.array([column for columns in self._columns for column in columns], dtype=np.intp)
        self._starts = np.cumsum([0, *map(len, self._columns[:-1])], dtype=np.intp)
        self._offsets = np.array([offset for _, offset in part.sums.values()], dtype=np.int64)
        self._least = [least.get(one, 0) for one in part.sums]
        rows = [Row({place[atom]: by for atom, by in row.atoms.items()}, row.low, row.high) for row in part.rows]
        self._program = Program([Limits(0, most)] * len(place), rows)
        self._low = np.full(len(self.sums), np.iinfo(np.int64).max)
        self._high = np.full(len(self.sums), -1)
        self._exact: set[tuple[int, int]] = set()

    def bounds(self, one: Sum, enough: int | None) -> Bounds:
        """Exact, or with `enough` only until the ends are seen to be that far apart."""
        number = self.sums[one]
        for side in (1, -1):
            if not self._ended(number, side) and (enough is None or self._apart(number) < enough):
                self._look(dict.fromkeys(self._columns[number], side))
                self._exact.add((number, side))
        low, high = int(self._low[number]), int(self._high[number])
        return Bounds(low, None if high >= self._most else high)

    def _ended(self, number: int, side: int) -> bool:
        """Whether that end is exact: it was searched for, or a table was seen that goes down to what is known."""
        return (number, side) in self._exact or (side == 1 and int(self._low[number]) == self._least[number])

    def _apart(self, number: int) -> int:
        return int(self._high[number]) - int(self._low[number])

    def _look(self, costs: Mapping[int, float]) -> None:
        values = np.array(self._program.least_whole(costs), dtype=np.int64)
        counts = np.add.reduceat(values[self._flat], self._starts) + self._offsets
        np.minimum(self._low, counts, out=self._low)
        np.maximum(self._high, counts, out=self._high)
