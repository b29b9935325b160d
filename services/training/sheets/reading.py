"""From a file to rows and to what is wrong with the others, one after the other, in flat memory."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import BinaryIO, Final

from services.training.domain import same
from services.training.sheets import archive, dates, delimited, workbook
from services.training.sheets.rows import (
    MAX_CELL,
    MAX_FILE_BYTES,
    MAX_ROWS,
    NEEDED,
    REQUIRED,
    Cell,
    CellError,
    Column,
    Fault,
    Layout,
    Line,
    Refused,
    Row,
    RowError,
    Wrong,
)

_BLANKS: Final = re.compile(r"\s+")
_LINE_ENDS: Final = frozenset("\t\r\n")
_MOST_KNOWN: Final = 10_000
_COLUMNS: Final = tuple(Column)
_DATE: Final = _COLUMNS.index(Column.SESSION_DATE)
_NAME: Final = _COLUMNS.index(Column.NAME)
_NEEDED: Final = tuple(_COLUMNS.index(column) for column in NEEDED)
# Control characters, halves of a character, and what no alphabet has.
_BAD: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
Value = date | str | Fault | None
# Index of a column by its place in the sheet.
Places = dict[int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that is open: how it was understood, and what it says."""

    layout: Layout
    rows: Iterator[Row | RowError]


def opened(file: BinaryIO, today: date) -> Sheet:
    """Look at the file from its first byte; `Refused` when it is none that we read, or too large.

    What is wrong with a row is said among the rows; a row with something wrong is not among them. `Refused` may also
    come later, while the rows are taken: whoever takes them keeps none until the last.
    """
    size = file.seek(0, 2)
    if size > MAX_FILE_BYTES:
        raise Refused(Wrong.TOO_LARGE)
    file.seek(0)
    begin = file.read(len(archive.OLE))
    if begin.startswith(archive.OLE):
        raise Refused(Wrong.OLD_WORKBOOK)
    since_1904 = False
    if begin.startswith(archive.ZIP):
        layout, since_1904, lines = workbook.opened(file)
    else:
        layout, lines = delimited.opened(file)
    return Sheet(layout, _judged(lines, _Judge(today, since_1904=since_1904)))


def _judged(lines: Iterator[Line], judge: "_Judge") -> Iterator[Row | RowError]:
    filled = (line for line in lines if any(_says_something(cell) for cell in line.cells))
    header = next(filled, None)
    if header is None:
        raise Refused(Wrong.EMPTY)
    places, wrong = _header(header)
    yield from wrong
    if wrong:
        # Nobody knows what stands in the other rows.
        return
    for count, line in enumerate(filled, 1):
        if count > MAX_ROWS:
            raise Refused(Wrong.TOO_MANY_ROWS)
        judged = judge.row(line, places)
        if isinstance(judged, Row):
            yield judged
        else:
            yield from judged


def _says_something(cell: Cell | CellError) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _header(line: Line) -> tuple[Places, list[RowError]]:
    """Which column stands where, and what is wrong with the names; a blank one is a column that nobody uses."""
    places, wrong = Places(), list[RowError]()
    for place, cell in enumerate(line.cells):
        if not _says_something(cell):
            continue
        name = cell.strip().lower() if isinstance(cell, str) else ""
        index = _COLUMNS.index(Column(name)) if name in _COLUMNS else None
        if index is None:
            wrong.append(RowError(line.number, letters(place), Fault.UNKNOWN_COLUMN))
        elif index in places.values():
            wrong.append(RowError(line.number, name, Fault.REPEATED_COLUMN))
        else:
            places[place] = index
    missing = [column for column in REQUIRED if _COLUMNS.index(column) not in places.values()]
    return places, wrong + [RowError(line.number, column, Fault.MISSING_COLUMN) for column in missing]


def letters(place: int) -> str:
    """A column as spreadsheets call it: A for 0, AA for 26."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


class _Judge:
    """Judges rows one by one; what it has met before costs a look-up."""

    def __init__(self, today: date, *, since_1904: bool) -> None:
        self._today = today
        self._since_1904 = since_1904
        # By the column's index, which unlike the column itself is found without calling a function.
        self._known: list[dict[Cell | CellError, Value]] = [{} for _ in _COLUMNS]
        # Who was where, as numbers: names are not held.
        self._met: set[int] = set()

    def row(self, line: Line, places: Places) -> list[RowError] | Row:
        """The row, or everything that is wrong with it."""
        said: list[Value] = [None] * len(_COLUMNS)
        wrong = list[RowError]()
        for place, cell in enumerate(line.cells):
            if cell is None or cell == "":
                continue
            index = places.get(place)
            value: Value = Fault.CELL_OUTSIDE
            if index is not None:
                value = self._known[index].get(cell)
                said[index] = value = self._value(index, cell) if value is None else value
            if type(value) is Fault:
                wrong.append(RowError(line.number, letters(place) if index is None else _COLUMNS[index], value))
        wrong += [RowError(line.number, _COLUMNS[index], Fault.EMPTY) for index in _NEEDED if said[index] is None]
        return wrong or self._once(Row(line.number, *said))  # type: ignore[arg-type]  # as judged

    def _value(self, index: int, cell: Cell | CellError) -> Value:
        if isinstance(cell, CellError):
            return Fault.CELL_ERROR
        value = self._day(cell) if index == _DATE else _text(cell)
        known = self._known[index]
        # Names hardly come twice.
        if index != _NAME and len(known) < _MOST_KNOWN:
            known[cell] = value
        return value

    def _day(self, cell: Cell) -> date | Fault | None:
        if isinstance(cell, float):
            return dates.judged(dates.of_serial(cell, since_1904=self._since_1904), self._today)
        text = _text(cell)
        if text is None or isinstance(text, Fault):
            return text
        return dates.judged(dates.of_text(text), self._today)

    def _once(self, row: Row) -> list[RowError] | Row:
        """Nobody attends the same session twice; of people without a name nobody can say so."""
        if row.name is None:
            return row
        who = hash((row.session_date, _same(row.session_title), _same(row.organisation), same(row.name)))
        if who in self._met:
            return [RowError(row.number, Column.NAME, Fault.DUPLICATE)]
        self._met.add(who)
        return row


# Of a title or a group there are many rows; of a name there are few.
_same = lru_cache(maxsize=_MOST_KNOWN)(same)


def _text(cell: Cell) -> str | Fault | None:
    """The words of a cell as they are, blanks made one. What begins like a formula is text as any other."""
    if isinstance(cell, float):
        cell = str(int(cell)) if cell.is_integer() else str(cell)
    if cell is None:
        return None
    plain = cell.isprintable()
    if not plain and any(unicodedata.category(one) in _BAD and one not in _LINE_ENDS for one in cell):
        return Fault.CONTROL_CHARACTER
    if not plain or "  " in cell:
        cell = _BLANKS.sub(" ", cell)
    # The same letters in the same bytes, or one word would be two labels.
    text = cell.strip() if cell.isascii() else unicodedata.normalize("NFC", cell).strip()
    return Fault.TOO_LONG if len(text) > MAX_CELL else text or None
