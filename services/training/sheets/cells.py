"""The cells of a workbook's sheet, and its shared texts, as the parser tells of them."""

import re
from functools import cache
from typing import Final

from services.training.sheets.rows import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Cell, CellError, Line, Refused, Wrong

# A character more than a cell may have shows that it is too long; the rest is not collected.
_ENOUGH: Final = MAX_CELL + 1
_MOST_STRINGS: Final = 400_000
_LETTERS: Final = re.compile(r"[A-Z]{1,3}")
_ERROR: Final = CellError()
_LAST_ROW: Final = 1_048_576
assert _LAST_ROW > MAX_ROWS  # noqa: S101 - blank rows between others count nothing


class Strings:
    """The texts that cells refer to by their number; how a text is to be pronounced is left out."""

    def __init__(self) -> None:
        self._said = ""
        self._listening = self._spoken = False
        self._ready: list[str] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        if name == "si":
            self._said = ""
        elif name == "rPh":
            self._spoken = True
        elif name == "t":
            self._listening = not self._spoken

    def text(self, said: str) -> None:
        if self._listening:
            self._said = (self._said + said)[:_ENOUGH]

    def end(self, name: str) -> None:
        if name == "t":
            self._listening = False
        elif name == "rPh":
            self._spoken = False
        elif name == "si":
            self._count += 1
            if self._count > _MOST_STRINGS:
                raise Refused(Wrong.BOMB)
            self._ready.append(self._said)

    def taken(self) -> list[str]:
        taken, self._ready = self._ready, []
        return taken


class Cells:
    """One row after the other. A formula is never looked at, only the value that it was shown with."""

    def __init__(self, shared: list[str]) -> None:
        self._shared = shared
        self._said = ""
        self._listening = self._spoken = False
        self._kind, self._row = "n", ""
        self._number = self._column = 0
        self._cells: list[Cell | CellError] = []
        self._ready: list[Line] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "t"}:
            self._listening = not self._spoken
        elif name == "row":
            self._begin_row(attributes.get("r"))
        elif name == "rPh":
            self._spoken = True

    def text(self, said: str) -> None:
        if self._listening:
            self._said = (self._said + said)[:_ENOUGH]

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._listening = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._ready.append(Line(self._number, self._cells))
        elif name == "rPh":
            self._spoken = False

    def taken(self) -> list[Line]:
        taken, self._ready = self._ready, []
        return taken

    def _begin_row(self, number: str | None) -> None:
        following = self._number + 1
        self._number = int(number) if number is not None and number.isdecimal() and len(number) < 8 else following
        self._row = str(self._number)
        if not following <= self._number <= _LAST_ROW:
            raise Refused(Wrong.NOT_A_SHEET)
        self._column, self._cells = 0, []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        following = self._column + 1
        place = attributes.get("r")
        self._column = following if place is None else _column_of(place.removesuffix(self._row))
        if self._column < following:
            raise Refused(Wrong.NOT_A_SHEET)
        self._kind = attributes.get("t", "n")
        self._said = ""

    def _end_cell(self) -> None:
        value = self._value(self._said)
        if value is None or value == "":
            return
        # Only what says something counts: sheets are formatted far beyond their last word.
        if self._column > MAX_COLUMNS:
            raise Refused(Wrong.TOO_MANY_COLUMNS)
        if gap := self._column - 1 - len(self._cells):
            self._cells += [None] * gap
        self._cells.append(value)

    def _value(self, said: str) -> Cell | CellError:
        if self._kind == "e":
            return _ERROR
        if not said or self._kind not in {"s", "n", "b"}:
            return said
        try:
            if self._kind != "s":
                return float(said)
            # A number that counted from the end would find a text too.
            return self._shared[int(said) if said.isdecimal() else len(self._shared)]
        except (ValueError, IndexError) as error:
            raise Refused(Wrong.NOT_A_SHEET) from error


@cache
def _column_of(letters: str) -> int:
    """1 for A, 27 for AA; what remains of a cell's place when the row's number is off."""
    if _LETTERS.fullmatch(letters) is None:
        raise Refused(Wrong.NOT_A_SHEET)
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
