"""Files that people send, made by hand: CSV as bytes, workbooks as the parts of their zip."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

from services.training import sheets
from services.training.sheets import Row, RowError

TODAY: Final = date(2026, 11, 26)
HEADER: Final = "session_date,session_title,organisation,ethnicity,gender,language,outcode,name"
LINE: Final = "2009-11-02,Keeping safe,Victory Chapel,Congolese,Female,French,NW1,"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
BOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_BOOK: Final = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def csv(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return "\r\n".join([header, *lines, ""]).encode(encoding)


def rows_of(data: bytes) -> list[Row]:
    """The rows of a file with which nothing is wrong."""
    rows = all_of(data)
    assert not [row for row in rows if isinstance(row, RowError)], rows
    return [row for row in rows if isinstance(row, Row)]


def errors_of(data: bytes) -> list[tuple[int, str, str]]:
    """(row, column, code) of each."""
    return [(row.number, str(row.column), row.fault.value) for row in all_of(data) if isinstance(row, RowError)]


def all_of(data: bytes) -> list[Row | RowError]:
    return list(sheets.opened(io.BytesIO(data), TODAY).rows)


def cell(place: str, value: str | float, more: str = "") -> str:
    """A cell as spreadsheet programs write it."""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr">{more}<is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}">{more}<v>{value}</v></c>'


def row(number: int, *values: str | float) -> str:
    cells = "".join(cell(f"{'ABCDEFGHIJKL'[place]}{number}", value) for place, value in enumerate(values))
    return f'<row r="{number}">{cells}</row>'


def workbook(
    *rows: str,
    strings: Sequence[str] = (),
    since_1904: bool = False,
    kind: str = BOOK,
    more: Sequence[tuple[str, bytes]] = (),
    begin: str = "",
) -> bytes:
    """A workbook with the usual header in row 1 and these rows; `begin` stands before the sheet's first element."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType='
        f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><workbookPr date1904="{int(since_1904)}"/>'
        '<sheets><sheet name="Attendance" sheetId="1" r:id="rId7"/><sheet name="Notes" sheetId="2" r:id="rId8"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId8" Type="{_RELATION}/worksheet" Target="worksheets/notes.xml"/>'
        f'<Relationship Id="rId7" Type="{_RELATION}/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId9" Type="{_RELATION}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">' + "".join(f"<si>{one}</si>" for one in strings) + "</sst>",
        "xl/worksheets/sheet1.xml": f'{begin}<worksheet xmlns="{_MAIN}"><sheetData>'
        + row(1, *HEADER.split(","))
        + "".join(rows)
        + "</sheetData></worksheet>",
    }
    return zipped(*((name, b'<?xml version="1.0"?>' + text.encode()) for name, text in parts.items()), *more)


def zipped(*parts: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return made.getvalue()
