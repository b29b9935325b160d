"""A CSV file as lines of cells: which encoding, which delimiter, then one line after the other."""

import codecs
import csv
import io
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import BinaryIO, Final

from services.training.sheets.rows import MAX_COLUMNS, Column, Layout, Line, Refused, Wrong

_ENCODINGS: Final = ("utf-8-sig", "cp1252")
_DELIMITERS: Final = (",", ";", "\t")
_BLOCK: Final = 65_536
_NAMES: Final = frozenset(Column)


def opened(file: BinaryIO) -> tuple[Layout, Iterator[Line]]:
    """How it is written, and its lines. Nothing but the line at hand is held."""
    encoding = _encoding_of(file)
    delimiter = _delimiter_of(file, encoding)
    return Layout("csv", encoding, delimiter), _lines(_text(file, encoding), delimiter)


def _encoding_of(file: BinaryIO) -> str:
    """UTF-8 where the whole file is UTF-8, else what Excel writes in this country."""
    for encoding in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        file.seek(0)
        try:
            while block := file.read(_BLOCK):
                # In either encoding there is no such byte in a text; UTF-16 is full of it.
                if b"\0" in block:
                    raise Refused(Wrong.ENCODING)
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Refused(Wrong.ENCODING)


def _text(file: BinaryIO, encoding: str) -> Generator[str, None, None]:
    """The file's lines with their ends, as the csv module wants them; the file stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        for line in text:  # noqa: UP028 - `yield from` would close the file along with this
            yield line
    finally:
        # Whoever did not take the lines to their end may have closed it.
        if not file.closed:
            text.detach()


def _delimiter_of(file: BinaryIO, encoding: str) -> str:
    """The one by which the first line has the most columns that we know; a comma where none has."""
    with closing(_text(file, encoding)) as text:
        first = next((line for line in text if line.strip()), "")
    if not first:
        raise Refused(Wrong.EMPTY)
    return max(_DELIMITERS, key=lambda one: _known(first, one))


def _known(first: str, delimiter: str) -> int:
    return sum(cell.strip(' "\r\n').lower() in _NAMES for cell in first.split(delimiter))


def _lines(text: Iterable[str], delimiter: str) -> Iterator[Line]:
    try:
        # A record may span several lines of the file; in a sheet it is one row.
        for number, cells in enumerate(csv.reader(text, delimiter=delimiter, strict=True), 1):
            if len(cells) > MAX_COLUMNS:
                raise Refused(Wrong.TOO_MANY_COLUMNS)
            yield Line(number, cells)
    except csv.Error as error:
        raise Refused(Wrong.NOT_A_SHEET) from error
