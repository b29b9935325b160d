"""An Excel workbook as lines of cells: its first sheet, row after row, with what is shown and no formula.

A reader of our own, since others lay a sheet out as a rectangle first: two cells in opposite corners are a kilobyte in
the file and half a terabyte in memory (ADR 0103).
"""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO, Final

from services.training.sheets import archive, markup
from services.training.sheets.archive import DAMAGED
from services.training.sheets.cells import Cells, Strings
from services.training.sheets.rows import Layout, Line, Refused, Wrong

_BOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_STRINGS: Final = "sharedStrings"
_FIRST_STRINGS: Final = "xl/sharedStrings.xml"


class _Book(markup.Quiet[None]):
    """Which sheet is the first, and from which day its numbers are counted."""

    def __init__(self) -> None:
        self.first = ""
        self.since_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in {"1", "true"}
        elif name == "sheet" and not self.first:
            self.first = next((value for key, value in attributes.items() if key.endswith(":id")), "")


class _Relations(markup.Quiet[None]):
    """Which part each id of the workbook stands for, and which holds the shared texts."""

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self.strings = _FIRST_STRINGS

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        part = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        self.parts[attributes.get("Id", "")] = part
        if attributes.get("Type", "").endswith("/" + _STRINGS):
            self.strings = part


def opened(file: BinaryIO) -> tuple[Layout, bool, Iterator[Line]]:
    """How it is written, whether its days are counted since 1904, and its lines."""
    book, relations = _Book(), _Relations()
    parts = archive.opened(file)
    for name, collector in ((_BOOK, book), (_RELATIONS, relations)):
        with _part(parts, name) as part:
            list(markup.parsed(part, collector))
    sheet = relations.parts.get(book.first)
    if sheet is None:
        raise Refused(Wrong.NOT_A_SHEET)
    return Layout("xlsx"), book.since_1904, _lines(parts, sheet, relations.strings)


def _lines(parts: zipfile.ZipFile, sheet: str, strings: str) -> Iterator[Line]:
    with ExitStack() as stack:
        shared = list[str]()
        if strings in parts.NameToInfo:
            shared = list(markup.parsed(stack.enter_context(_part(parts, strings)), Strings()))
        part = stack.enter_context(_part(parts, sheet))
        yield from markup.parsed(part, Cells(shared))


def _part(parts: zipfile.ZipFile, name: str) -> BinaryIO:
    try:
        part: BinaryIO = parts.open(name)  # type: ignore[assignment]  # IO[bytes] is what it is called there
    except (KeyError, *DAMAGED) as error:
        raise Refused(Wrong.NOT_A_SHEET) from error
    return part
