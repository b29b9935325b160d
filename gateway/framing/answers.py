"""Answers of the services: what of their headers passes, and the plainest form of them all, read at one look.

As with requests, the form is a small part of what the parser takes and means the same there; the parser gets the rest.
"""

import re
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.framing.plain import LINES
from gateway.framing.protocol import MAX_HEADERS

# What becomes of a header: it passes; it is dropped, since it is only for the hop between the service and us or is
# written anew by the gateway; it tells the gateway something, and passes or is dropped.
PASSED, DROPPED, TELLS, TELLS_US = 0, 1, 2, 3
ROLES: Final = {
    b"content-length": TELLS,
    b"cache-control": TELLS,
    b"x-circle-route": TELLS_US,
    b"transfer-encoding": TELLS_US,
    b"connection": TELLS_US,
    b"proxy-connection": TELLS_US,
    b"keep-alive": DROPPED,
    b"proxy-authenticate": DROPPED,
    b"trailer": DROPPED,
    b"upgrade": DROPPED,
    b"server": DROPPED,
    b"x-request-id": DROPPED,
}
# Answers that have no body and need no length (RFC 9110, 8.6).
_BODILESS: Final = frozenset({204, 304})
_FORM: Final = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9]) [ -~]*+\r\n" + LINES % MAX_HEADERS)
# (name, the rest of the line) of each line of a block that has this form.
_PAIRS: Final = re.compile(rb"([^:]+)(: [^\r]+\r\n)")
_KEPT: Final = b": keep-alive\r\n"


# With the usual phrases, whatever the service calls them.
_STATUSES: Final = {b"%d" % status: (status, line) for status, line in STATUS_LINE.items()}


class Answer:
    """A whole answer on a connection that stays open."""

    __slots__ = ("body", "keeps", "lines", "route", "status")

    def __init__(self, status: int, lines: list[bytes], told: dict[bytes, bytes], body: bytes) -> None:
        self.status = status
        # The status line and the headers that pass, in pieces as they go over the wire.
        self.lines = lines
        # Whether the service said how long the answer keeps.
        self.keeps = b"cache-control" in told
        self.route = told[b"x-circle-route"][2:-2] if b"x-circle-route" in told else b""
        self.body = body


def read(data: bytes) -> Answer | None:
    """The answer, if exactly one whole one is there, and in the plain form."""
    form = _FORM.match(data)
    if form is None:
        return None
    status, line = _STATUSES[form[1]]
    lines, told = [line], dict[bytes, bytes]()
    for name, rest in _PAIRS.findall(form[2]):
        low = name.lower()
        role = ROLES.get(low, PASSED)
        if role == PASSED:
            lines += (low, rest)
        elif role != DROPPED:
            if low in told:
                return None
            told[low] = rest
            if role == TELLS:
                lines += (low, rest)
    body = data[form.end() :]
    return Answer(status, lines, told, body) if _is_whole(status, told, body) else None


def _is_whole(status: int, told: dict[bytes, bytes], body: bytes) -> bool:
    """Whether the answer ends with the body, and the connection does not."""
    if b"transfer-encoding" in told or b"proxy-connection" in told:
        return False
    if told.get(b"connection", _KEPT).lower() != _KEPT:
        return False
    size = told.get(b"content-length")
    if status in _BODILESS:
        return size is None and not body
    return size is not None and size[2:-2] == b"%d" % len(body)
