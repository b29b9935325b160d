"""Headers of a plain request as they came and what they say; of the next one's, only the lines that differ are read."""

import re
from typing import Final

from gateway.framing import headers, plain
from gateway.framing.headers import PASSED_ON, Head
from gateway.framing.protocol import MAX_HEAD_BYTES
from shared.errors import Problem

# Whatever says nothing about where the request ends or who has to say what before it goes on, but its length.
_MAY_DIFFER: Final = PASSED_ON.keys() | {b"content-length", b"x-request-id", b"traceparent"}
_LINE: Final = re.compile(rb"([A-Za-z0-9-]++): (?! )([ -~]++)(?<! )\r\n")
_END: Final = b"\r\n"


class Reading:
    """What a connection remembers of its last plain request, so that the next one is read with less."""

    __slots__ = ("_lines", "block", "head")

    def __init__(self, block: bytes, head: Head, lines: list[tuple[bytes, bytes]]) -> None:
        self.block = block
        self.head = head
        # (lower-case name, the line with its end) of each.
        self._lines = lines

    def next(self, data: bytes, begin: int, max_body: int) -> "Reading | None":
        """The same of the headers that begin there: equal, nearly equal, or read from the first line to the last."""
        if data.startswith(self.block, begin):
            self.head.begin()
            return self
        return self._nearly(data, begin, max_body) or read(data, begin, max_body)

    def _nearly(self, data: bytes, begin: int, max_body: int) -> "Reading | None":
        """None where more than the values of a few lines differ."""
        at, lines, changed = begin, self._lines, list[tuple[bytes, bytes]]()
        for number, (name, line) in enumerate(self._lines):
            if data.startswith(line, at):
                at += len(line)
                continue
            form = _LINE.match(data, at)
            if form is None or form[1].lower() != name or name not in _MAY_DIFFER:
                return None
            at = form.end()
            if not changed:
                lines = lines.copy()
            lines[number] = name, form[0]
            changed.append((name, form[2]))
        if not data.startswith(_END, at) or at + len(_END) > MAX_HEAD_BYTES:
            return None
        try:
            return Reading(data[begin : at + len(_END)], self.head.but(changed, max_body), lines)
        except Problem:
            return None


def read(data: bytes, begin: int, max_body: int) -> Reading | None:
    """The headers that begin there; None where they have not the plain form, or are refused."""
    block = plain.block(data, begin)
    pairs = plain.headers(block) if block else None
    if block is None or pairs is None:
        return None
    try:
        head = headers.read(pairs, "1.1", max_body)
    except Problem:
        return None
    lines = block.splitlines(keepends=True)
    return Reading(block, head, [(name, line) for (name, _), line in zip(pairs, lines[:-1], strict=True)])
