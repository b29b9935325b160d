"""A table as a chart of bars (SVG): each bar has name, count and percentage beside it as text, so it is its table."""

import re
from typing import Final
from xml.sax.saxutils import escape

from services.training.papers.paper import Paper

_NAMES, _BARS, _LINE, _TOP, _WIDTH = 330, 400, 26, 70, 900
_LONGEST: Final = 48
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_STYLE: Final = (
    "text{font:14px sans-serif;fill:#0b0c0c}.title{font-weight:bold;font-size:18px}.bar{fill:#1d70b8}"
    ".withheld{fill:none;stroke:#505a5f;stroke-dasharray:4 3}"
)


def svg(paper: Paper) -> bytes:
    """Every word is text with a role, so that it is read out as a table; nothing is told by colour alone."""
    largest = max((row[paper.bars] for row in paper.rows if isinstance(row[paper.bars], int)), default=0)
    height = _TOP + _LINE * len(paper.rows) + 20
    rows = "".join(_row(paper, at, row, int(largest)) for at, row in enumerate(paper.rows))
    told = " ".join(paper.notes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' lang="en-GB" role="group" aria-labelledby="title about"><title id="title">{_text(paper.title)}</title>'
        f'<desc id="about">{_text(told)}</desc><style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text class="title" x="10" y="30" aria-hidden="true">{_text(paper.title)}</text>'
        f'<g role="table" aria-labelledby="title">{rows}</g></svg>\n'
    ).encode()


def _row(paper: Paper, at: int, row: tuple[str | int, ...], largest: int) -> str:
    y, count = _TOP + _LINE * at, row[paper.bars]
    known = isinstance(count, int)
    width = _BARS * int(count) // max(largest, 1) if known else 12
    name = str(row[0]) if len(str(row[0])) <= _LONGEST else f"{str(row[0])[: _LONGEST - 1]}…"
    said = f"{count} ({row[paper.said]}%)" if known else "withheld"
    return (
        f'<g role="row"><text role="rowheader" x="{_NAMES}" y="{y + 15}" text-anchor="end">{_text(name)}</text>'
        f'<rect class="{"bar" if known else "withheld"}" x="{_NAMES + 10}" y="{y}" width="{max(width, 1)}" height="20"'
        ' aria-hidden="true"/>'
        f'<text role="cell" x="{_NAMES + 18 + max(width, 1)}" y="{y + 15}">{_text(said)}</text></g>'
    )


def _text(words: str) -> str:
    return escape(_UNWRITABLE.sub("", words))
