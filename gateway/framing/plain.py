"""Requests in HTTP/1.1's plainest form, read at one look where they come as a whole; the parser gets all others.

The form is a small part of what the parser takes, and means the same there: a test holds the two against each other.
"""

import re
from typing import Final

from gateway.framing.protocol import MAX_HEAD_BYTES, MAX_HEADERS

Headers = list[tuple[bytes, bytes]]

# Header lines of letters, digits and dashes, one space, and visible ASCII without space around it; then an empty line.
# No group is possessive: on Python 3.11.2 such a one keeps part of a round that did not match, and takes it for a line.
LINES: Final = rb"((?:[A-Za-z0-9-]++: (?! )[ -~]++(?<! )\r\n){1,%d})\r\n"
# (name, value) of each line of a block that has this form.
_PAIRS: Final = re.compile(rb"([^:]+): ([^\r]+)\r\n")
# (method and target, method, first segment). Nothing in the path could be read in two ways: no dots, no empty
# segments, no encoding; `routes.find` judges all others.
START: Final = re.compile(
    rb"((GET|POST|PUT|PATCH|DELETE) /v1/([a-z-]++)(?:/[A-Za-z0-9_-]++)*/?"
    rb"(?:\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*+)?) HTTP/1\.1\r\n"
)
_BLOCK: Final = re.compile(LINES % MAX_HEADERS)
# What changes where a request ends, or who has to say what before it goes on.
_UNUSUAL: Final = frozenset({b"expect", b"proxy-connection", b"transfer-encoding", b"upgrade"})
_KEPT: Final = b"keep-alive"


def block(data: bytes, begin: int) -> bytes | None:
    """The headers that begin there, down to the empty line; None where they have not the plain form."""
    found = _BLOCK.match(data, begin)
    return found[0] if found is not None and found.end() <= MAX_HEAD_BYTES else None


def headers(plain: bytes) -> Headers | None:
    """Lower-case names and values of such a block; None where one comes twice or asks for more than an answer."""
    pairs = [(name.lower(), value) for name, value in _PAIRS.findall(plain)]
    found = dict(pairs)
    if len(found) == len(pairs) and _UNUSUAL.isdisjoint(found) and found.get(b"connection", _KEPT).lower() == _KEPT:
        return pairs
    return None
