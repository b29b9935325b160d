"""Which counts of a report are withheld even from those who may see exact figures: they would say who was anonymous."""

from collections.abc import Iterable, Mapping

from services.training.domain.attending import SMALLEST, beside

Cell = tuple[str, str]
# The row or the column of those who did not say.
UNSAID = "none"


def withheld(cells: Mapping[Cell, int], risky: Iterable[Cell]) -> frozenset[Cell] | None:
    """Of a table's cells by (row, column) the ones that are not shown; None: all of them, labels included.

    `risky` are counts of one ethnicity at one session to which people came anonymously: they are withheld below six.
    Each column's sum is told, and each row's where there are columns; no such sum may say what is hidden
    (`attending.beside`). The one column of a table without columns is the empty text.
    """
    hidden = {cell for cell in risky if 0 < cells[cell] < SMALLEST}
    lines = _lines(cells) if hidden else []
    grown = -1
    while grown != len(hidden):
        grown = len(hidden)
        for line in lines:
            found = beside({key for key, cell in line.items() if cell in hidden}, _counts(cells, line))
            if found is None:
                return None
            hidden |= {line[key] for key in found}
    return frozenset(hidden)


def _lines(cells: Mapping[Cell, int]) -> list[dict[str | None, Cell]]:
    """Cells whose sum is told, by what tells them apart."""
    found: dict[tuple[int, str], dict[str | None, Cell]] = {}
    for cell in sorted(cells):
        for axis in (0, 1):
            if axis or cell[1]:
                other = cell[1 - axis]
                found.setdefault((axis, cell[axis]), {})[None if other == UNSAID else other] = cell
    return list(found.values())


def _counts(cells: Mapping[Cell, int], line: Mapping[str | None, Cell]) -> dict[str | None, int]:
    return {key: cells[cell] for key, cell in line.items()}
