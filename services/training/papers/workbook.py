"""A table as an Excel workbook of one sheet: words as text that no program takes for a formula, numbers as numbers."""

import io
import re
from typing import Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from services.training.papers.paper import Paper

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Report" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_NUMBER: Final = re.compile(r"[0-9]{1,9}\.[0-9]{2}")
# What XML has no way to write.
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# The same table is the same file.
_MADE: Final = (1980, 1, 1, 0, 0, 0)


def xlsx(paper: Paper) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in {**_PARTS, "xl/worksheets/sheet1.xml": _sheet(paper)}.items():
            archive.writestr(ZipInfo(name, _MADE), _HEAD + content, ZIP_DEFLATED)
    return out.getvalue()


def _sheet(paper: Paper) -> str:
    lines: list[tuple[str | int, ...]] = [(paper.title,), *((note,) for note in paper.notes), ()]
    rows = (f"<row>{''.join(map(_cell, row))}</row>" for row in [*lines, *paper.lines])
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


def _cell(cell: str | int) -> str:
    if isinstance(cell, int) or _NUMBER.fullmatch(cell):
        return f"<c><v>{cell}</v></c>"
    words = escape(_UNWRITABLE.sub("", cell))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'
