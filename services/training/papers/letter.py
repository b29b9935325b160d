"""A few lines as a tagged PDF: a title, and what stands below it."""

from collections.abc import Sequence

from services.training.papers.pdf import HEIGHT, LINE, MARGIN, Document, bytes_of, lines_of

_SIZE = 12
_LETTERS = 100
_ABOVE = 120


def is_known(words: str) -> bool:
    """Whether each letter is one that the paper can show."""
    try:
        words.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def letter(title: str, paragraphs: Sequence[str]) -> bytes:
    document = Document()
    root = document.element("Document")
    document.page()
    y = HEIGHT - _ABOVE
    document.write("H1", root, title, (MARGIN, y), 24, bold=True)
    y -= LINE
    for paragraph in paragraphs:
        y -= LINE
        for line in lines_of(paragraph, _LETTERS):
            document.write("P", root, line, (MARGIN, y), _SIZE)
            y -= LINE
    return bytes_of(document, title)
