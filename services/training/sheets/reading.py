"""From a file to rows and to what is wrong with the others, one after the other, in flat memory."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice, zip_longest
from operator import itemgetter
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
_BATCH: Final = 100
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
    header = next(filter(_is_filled, lines), None)
    if header is None:
        raise Refused(Wrong.EMPTY)
    places, wrong = _header(header)
    yield from wrong
    if wrong:
        # Nobody knows what stands in the other rows.
        return
    judge.look_at(places, len(header.cells))
    count = 0
    while some := list(islice(lines, _BATCH)):
        judged = judge.lines(some)
        count += len(judged)
        if count > MAX_ROWS:
            raise Refused(Wrong.TOO_MANY_ROWS)
        for one in judged:
            if isinstance(one, Row):
                yield one
            else:
                yield from one


def _is_filled(line: Line) -> bool:
    return any(_says_something(cell) for cell in line.cells)


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


class _OddError(Exception):
    """Something is wrong: it is looked at line by line, and then cell by cell."""


class _Known(dict[Cell | CellError, date | str | None]):
    """What the cells of a column say; what has been met before costs a look-up. What is wrong is not kept."""

    def __init__(self, judge: Callable[[Cell | CellError], Value], most: int = _MOST_KNOWN) -> None:
        super().__init__({None: None, "": None})
        self.judge = judge
        self._most = most

    def __missing__(self, cell: Cell | CellError) -> date | str | None:
        value = self.judge(cell)
        if isinstance(value, Fault):
            raise _OddError
        if len(self) < self._most:
            self[cell] = value
        return value


class _Judge:
    """Judges rows: many at once where nothing is wrong with any of them, one by one and cell by cell otherwise."""

    def __init__(self, today: date, *, since_1904: bool) -> None:
        self._today = today
        self._since_1904 = since_1904
        # Who was where, as numbers: names are not held.
        self._met: set[int] = set()

    def look_at(self, places: Places, width: int) -> None:
        """The sheet has its columns at these places, in a header of so many cells."""
        self._places = places
        # Names hardly come twice.
        by_index = {_DATE: _Known(self._day), _NAME: _Known(_words, most=0)}
        outside = _Known(_outside)
        self._known = [
            by_index.get(places[place]) or _Known(_words) if place in places else outside for place in range(width)
        ]
        # Where each of our columns stands; one that is left out, behind the last cell, where nothing is said.
        standing = {index: place for place, index in places.items()}
        self._pick = itemgetter(*(standing.get(index, width) for index in range(len(_COLUMNS))))

    def lines(self, lines: Sequence[Line]) -> list[Row | list[RowError]]:
        """Of each line the row, or everything that is wrong with it; nothing of those that say nothing."""
        try:
            return self._plain(lines)
        except _OddError:
            return [judged for line in lines if (judged := self._line(line))]

    def _line(self, line: Line) -> Row | list[RowError] | None:
        try:
            return self._plain([line])[0]
        except _OddError:
            return self._cell_by_cell(line) if _is_filled(line) else None

    def _plain(self, lines: Sequence[Line]) -> list[Row | list[RowError]]:
        """The rows of lines with which nothing is wrong but, perhaps, that somebody comes twice; column by column."""
        numbers, cells = zip(*lines, strict=True)
        known, columns = self._known, list(zip_longest(*cells))
        if any(any(map(_outside, column)) for column in columns[len(known) :]):
            raise _OddError
        values = [list(map(of.__getitem__, column)) for of, column in zip(known, columns, strict=False)]
        values += [[None] * len(lines)] * (len(known) + 1 - len(values))
        said = self._pick(values)
        if any(None in said[index] for index in _NEEDED):
            raise _OddError
        return [row if row.name is None else self._once(row) for row in map(Row, numbers, *said)]

    def _cell_by_cell(self, line: Line) -> list[RowError]:
        wrong, said = list[RowError](), set[int]()
        for place, cell in enumerate(line.cells):
            value = self._known[place].judge(cell) if place < len(self._known) else _outside(cell)
            index = self._places.get(place)
            if isinstance(value, Fault):
                wrong.append(RowError(line.number, letters(place) if index is None else _COLUMNS[index], value))
            if value is not None and index is not None:
                said.add(index)
        return wrong + [RowError(line.number, _COLUMNS[index], Fault.EMPTY) for index in _NEEDED if index not in said]

    def _day(self, cell: Cell | CellError) -> Value:
        if isinstance(cell, float):
            return dates.judged(dates.of_serial(cell, since_1904=self._since_1904), self._today)
        text = _words(cell)
        if not isinstance(text, str) or isinstance(text, Fault):
            return text
        return dates.judged(dates.of_text(text), self._today)

    def _once(self, row: Row) -> list[RowError] | Row:
        """Nobody attends the same session twice; of people without a name nobody can say so."""
        who = hash((row.session_date, _same(row.session_title), _same(row.organisation), same(row.name or "")))
        if who in self._met:
            return [RowError(row.number, Column.NAME, Fault.DUPLICATE)]
        self._met.add(who)
        return row


# Of a title or a group there are many rows; of a name there are few.
_same = lru_cache(maxsize=_MOST_KNOWN)(same)


def _outside(cell: Cell | CellError) -> Value:
    """Of a cell in a column without a name."""
    return None if cell is None or cell == "" else Fault.CELL_OUTSIDE


def _words(cell: Cell | CellError) -> Value:
    """The words of a cell as they are, blanks made one. What begins like a formula is text as any other."""
    if isinstance(cell, CellError):
        return Fault.CELL_ERROR
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
