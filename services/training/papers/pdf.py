"""A table as a tagged PDF: title, notes, and a table whose heads and cells are told apart for whoever has it read out.

The letters are the ones that every reader has (Helvetica), which know the scripts of Western Europe only. Words in
another script are shown as `?` for each letter, and carry their true letters for reading out and for copying
(`ActualText`).
"""

from dataclasses import dataclass, field

from services.training.papers.paper import Paper

_WIDTH, HEIGHT, MARGIN, LINE = 842, 595, 40, 16
_NAMES, _COLUMN, _COLUMNS, _LETTERS = 250, 62, 8, 130


@dataclass(slots=True)
class _Element:
    """One element of the structure; `places` are the pages and numbers of what is marked as its own."""

    kind: str
    parent: int
    number: int
    children: list[int] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    words: str = ""


class Document:
    """Pages of marked words, and the structure that they belong to."""

    def __init__(self) -> None:
        self.elements: list[_Element] = []
        self.pages: list[list[str]] = []
        self.marked: list[list[int]] = []

    def element(self, kind: str, parent: int = -1) -> int:
        number = len(self.elements)
        self.elements.append(_Element(kind, parent, number))
        if parent >= 0:
            self.elements[parent].children.append(number)
        return number

    def page(self) -> None:
        self.pages.append([])
        self.marked.append([])

    def write(
        self, kind: str, parent: int, words: str, at: tuple[int, int], size: int = 10, bold: bool = False
    ) -> None:
        number = self.element(kind, parent)
        mark = len(self.marked[-1])
        self.marked[-1].append(number)
        self.elements[number].places.append((len(self.pages) - 1, mark))
        shown = words.encode("cp1252", "replace")
        if shown.decode("cp1252") != words:
            self.elements[number].words = words
        self.pages[-1].append(
            f"/{kind} <</MCID {mark}>> BDC BT /{'B' if bold else 'R'} {size} Tf {at[0]} {at[1]} Td"
            f" {_string(shown)} Tj ET EMC"
        )


def pdf(paper: Paper) -> bytes:
    document = Document()
    root = document.element("Document")
    document.page()
    y = HEIGHT - MARGIN - 16
    document.write("H1", root, paper.title, (MARGIN, y), 16, bold=True)
    for line in [part for note in paper.notes for part in lines_of(note)]:
        y -= LINE
        document.write("P", root, line, (MARGIN, y))
    for begin in range(1, max(len(paper.header), 2), _COLUMNS):
        y = _table(document, root, paper, slice(begin, begin + _COLUMNS), y - 2 * LINE)
    return bytes_of(document, paper.title)


def _table(document: Document, root: int, paper: Paper, columns: slice, y: int) -> int:
    table = document.element("Table", root)
    for row in paper.lines:
        if y < MARGIN:
            document.page()
            y = HEIGHT - MARGIN
        line, head = document.element("TR", table), row is paper.header
        document.write("TH", line, _cut(str(row[0]), 48), (MARGIN, y), bold=head)
        for at, cell in enumerate(row[columns]):
            x = MARGIN + _NAMES + at * _COLUMN
            document.write("TH" if head else "TD", line, _cut(str(cell), 11), (x, y), bold=head)
        y -= LINE
    return y


def lines_of(note: str, longest: int = _LETTERS) -> list[str]:
    lines = [""]
    for word in note.split():
        if len(lines[-1]) + len(word) > longest:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _string(shown: bytes) -> str:
    return f"<{shown.hex()}>"


def _text(words: str) -> str:
    return f"<{(chr(0xFEFF) + words).encode('utf-16-be').hex()}>"


def bytes_of(document: Document, title: str) -> bytes:
    """Objects: 1 catalogue, 2 pages, 3 and 4 fonts, 5 structure, 6 its pages, 7 about; then pages, then elements."""
    pages, first = len(document.pages), 8
    elements = first + 2 * pages
    kids = " ".join(f"{first + 2 * at} 0 R" for at in range(pages))
    nums = " ".join(
        f"{at} [{' '.join(f'{elements + one} 0 R' for one in marked)}]" for at, marked in enumerate(document.marked)
    )
    font = "<</Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding /BaseFont /Helvetica{}>>"
    objects = [
        "<</Type /Catalog /Pages 2 0 R /StructTreeRoot 5 0 R /MarkInfo <</Marked true>> /Lang (en-GB)"
        " /ViewerPreferences <</DisplayDocTitle true>>>>",
        f"<</Type /Pages /Count {pages} /Kids [{kids}]>>",
        font.format(""),
        font.format("-Bold"),
        f"<</Type /StructTreeRoot /K [{elements} 0 R] /ParentTree 6 0 R /ParentTreeNextKey {pages}>>",
        f"<</Nums [{nums}]>>",
        f"<</Title {_text(title)}>>",
    ]
    for at, content in enumerate(document.pages):
        stream = "\n".join(content)
        objects.append(
            f"<</Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {HEIGHT}] /StructParents {at} /Tabs /S"
            f" /Resources <</Font <</R 3 0 R /B 4 0 R>>>> /Contents {first + 2 * at + 1} 0 R>>"
        )
        objects.append(f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream")
    objects += [_element(one, elements, first) for one in document.elements]
    return _file(objects)


def _element(one: _Element, elements: int, first: int) -> str:
    marked = [f"<</Type /MCR /Pg {first + 2 * page} 0 R /MCID {mark}>>" for page, mark in one.places]
    kids = " ".join([*marked, *(f"{elements + child} 0 R" for child in one.children)])
    parent = f"{elements + one.parent} 0 R" if one.parent >= 0 else "5 0 R"
    more = f" /ActualText {_text(one.words)}" if one.words else ""
    if one.kind == "TH":
        more += f" /A <</O /Table /Scope /{'Row' if _leads(one) else 'Column'}>>"
    return f"<</Type /StructElem /S /{one.kind} /P {parent} /K [{kids}]{more}>>"


def _leads(one: _Element) -> bool:
    """Whether a head comes first of its row: an element's number follows its parent's."""
    return one.number == one.parent + 1


def _file(objects: list[str]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    begin = len(out)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<</Size {len(objects) + 1} /Root 1 0 R /Info 7 0 R>>\nstartxref\n{begin}\n%%EOF\n".encode()
    return bytes(out)
