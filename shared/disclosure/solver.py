"""The only module that knows the solver library (HiGHS): where linear costs are least, over numbers or whole numbers.

Loading it costs a process a tenth of a second and some ten megabytes: only what runs in a pool imports this module.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from highspy import Highs, HighsLp, HighsModelStatus, HighsVarType, MatrixFormat, kHighsInf

from shared.disclosure.reduction import Row

_EXACT: Final = 1e-6
# The same answer each time, quietly, on the one thread that asks; kept bases are worth more than presolving.
_OPTIONS: Final[tuple[tuple[str, bool | int | str], ...]] = (
    ("output_flag", False),
    ("threads", 1),
    ("presolve", "off"),
    ("random_seed", 0),
)


class UnsolvedError(RuntimeError):
    """The solver gave up: nothing is known, so nothing may be published."""


class ImpossibleError(ValueError):
    """No values fit all rows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Between what a column lies; None: without end."""

    low: int | None = 0
    high: int | None = None


class Program:
    """Columns and rows; solved again and again for different costs, each time from where the last one ended."""

    def __init__(self, columns: Sequence[Limits], rows: Sequence[Row]) -> None:
        self._size = len(columns)
        self._columns, self._rows = columns, rows
        self._relaxed = _loaded(columns, rows)
        self._whole: Highs | None = None
        self._required = False
        self._all = np.arange(self._size, dtype=np.int32)

    def require(self, row: Row) -> None:
        """One more row, in place of the one that was required before."""
        if self._required:
            self._relaxed.deleteRows(1, np.array([len(self._rows)], dtype=np.int32))
        atoms = np.array(list(row.atoms), dtype=np.int32)
        factors = np.array(list(row.atoms.values()), dtype=np.float64)
        self._relaxed.addRow(float(row.low), _end(row.high, 1), len(atoms), atoms, factors)
        self._required = True

    def least(self, costs: Mapping[int, float]) -> list[float]:
        """The columns where the sum of cost × column is least; not necessarily whole numbers."""
        return self._solved(self._relaxed, costs)

    def least_whole(self, costs: Mapping[int, float]) -> list[int]:
        """The same over whole numbers: nearly always the relaxed answer already is one, else it is searched for."""
        found = self._solved(self._relaxed, costs)
        if not _whole(found):
            if self._whole is None:
                self._whole = _loaded(self._columns, self._rows)
                self._whole.changeColsIntegrality(self._size, self._all, np.full(self._size, HighsVarType.kInteger))
                self._whole.setOptionValue("mip_rel_gap", 0.0)
                self._whole.setOptionValue("mip_abs_gap", 0.5)
            found = self._solved(self._whole, costs)
        return [round(value) for value in found]

    def _solved(self, highs: Highs, costs: Mapping[int, float]) -> list[float]:
        row = np.zeros(self._size)
        for column, cost in costs.items():
            row[column] = cost
        highs.changeColsCost(self._size, self._all, row)
        highs.run()
        status = highs.getModelStatus()
        if status == HighsModelStatus.kInfeasible:
            raise ImpossibleError
        if status != HighsModelStatus.kOptimal:
            raise UnsolvedError(highs.modelStatusToString(status))
        return list(highs.getSolution().col_value)


def _whole(values: Iterable[float]) -> bool:
    return all(abs(value - round(value)) < _EXACT for value in values)


def _loaded(columns: Sequence[Limits], rows: Sequence[Row]) -> Highs:
    program = HighsLp()
    program.num_col_, program.num_row_ = len(columns), len(rows)
    program.col_cost_ = np.zeros(len(columns))
    program.col_lower_ = np.array([_end(one.low, -1) for one in columns])
    program.col_upper_ = np.array([_end(one.high, 1) for one in columns])
    program.row_lower_ = np.array([float(row.low) for row in rows])
    program.row_upper_ = np.array([_end(row.high, 1) for row in rows])
    program.a_matrix_.format_ = MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.cumsum([0, *(len(row.atoms) for row in rows)], dtype=np.int32)
    program.a_matrix_.index_ = np.array([atom for row in rows for atom in row.atoms], dtype=np.int32)
    program.a_matrix_.value_ = np.array([factor for row in rows for factor in row.atoms.values()], dtype=np.float64)
    highs = Highs()  # type: ignore[no-untyped-call]  # its constructor has no annotation
    for name, value in _OPTIONS:
        highs.setOptionValue(name, value)
    highs.passModel(program)
    return highs


def _end(value: int | None, side: int) -> float:
    return side * kHighsInf if value is None else float(value)
