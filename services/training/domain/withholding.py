"""Which counts are withheld even from those who may see exact figures: they would say who stayed anonymous."""

from collections.abc import Iterable, Mapping
from typing import Final

FEWEST: Final = 6
Cell = tuple[str, str]


def withheld(cells: Mapping[Cell, int], risky: Iterable[Cell]) -> frozenset[Cell]:
    """Of a table's cells by (row, column) the ones that are not shown.

    `risky` are counts of one ethnicity at one session to which people came anonymously: they are withheld below six. So
    that none of them is what is left of a row or column that is told, no row and no column has exactly one.
    """
    hidden = {cell for cell in risky if 0 < cells[cell] < FEWEST}
    while (more := _alone(cells, hidden)) is not None:
        hidden.add(more)
    return frozenset(hidden)


def _alone(cells: Mapping[Cell, int], hidden: set[Cell]) -> Cell | None:
    """The smallest count beside one that is withheld alone in its row or its column."""
    for axis in (0, 1):
        for line in sorted({cell[axis] for cell in hidden}):
            mine = [cell for cell in cells if cell[axis] == line]
            if sum(cell in hidden for cell in mine) == 1 and len(mine) > 1:
                return min((cells[cell] == 0, cells[cell], cell) for cell in mine if cell not in hidden)[2]
    return None
