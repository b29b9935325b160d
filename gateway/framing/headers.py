"""The caller's headers: what is passed on, what is refused, how long the body is; everything else stays outside."""

import re
from collections.abc import Iterable
from typing import Final

from shared import telemetry
from shared.errors import BadRequest, TooLarge
from shared.ids import new_id_text

Headers = list[tuple[bytes, bytes]]

CHUNKED: Final = -1
NOTHING: Final = 0

# A closed list: whatever is not on it (X-Forwarded-*, Forwarded, Cookie, hop-by-hop headers, somebody's invention)
# cannot reach a service. The identity, the trace and the length are written anew by the gateway.
PASSED_ON: Final = {
    name: name + b": "
    for name in (
        b"accept",
        b"accept-language",
        b"content-type",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"last-event-id",
        b"prefer",
        b"x-purpose",
    )
}
# Two of one of these would leave it to chance which of them counts.
_SINGLE: Final = frozenset({
    b"authorization",
    b"content-length",
    b"content-type",
    b"host",
    b"idempotency-key",
    b"transfer-encoding",
})  # fmt: skip
_LENGTH: Final = b"content-length: %d"
_MAX_DIGITS: Final = 15
_GOOD_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Head:
    """What the data path needs to know of a request's headers."""

    __slots__ = (
        "_found", "_given_id", "_passed", "_trace", "authorization", "keyed", "length", "lines", "request_id",
        "traceparent",
    )  # fmt: skip

    def __init__(self, found: dict[bytes, bytes], passed: dict[bytes, bytes], length: int) -> None:
        # Header lines for the service, by name, and together, each with its line end.
        self._passed = passed
        self.lines = b"\r\n".join((*passed.values(), b""))
        # Bytes of the body, `NOTHING` or `CHUNKED`.
        self.length = length
        self._found = found
        self.authorization = found.get(b"authorization", b"")
        # Whether the caller made the request repeatable.
        self.keyed = b"idempotency-key" in found
        self._given_id = found.get(b"x-request-id", b"")
        self._trace = found.get(b"traceparent", b"").decode("latin-1")
        self.request_id = b""
        self.traceparent = ""

    def begin(self) -> "Head":
        """Ids for one request, the caller's own where they are sane; again for the next one with the same headers."""
        self.request_id = request_id(self._given_id)
        self.traceparent = telemetry.child(self._trace)
        return self

    def but(self, changed: Iterable[tuple[bytes, bytes]], max_body: int) -> "Head":
        """The head of a request with other values of these headers, which have nothing to do with the hop."""
        found, passed, length = self._found.copy(), self._passed.copy(), self.length
        for name, value in changed:
            found[name] = value
            if name in PASSED_ON:
                passed[name] = PASSED_ON[name] + value
            elif name == b"content-length":
                length = _length(found, max_body)
                passed[name] = _LENGTH % length
        return Head(found, passed, length).begin()

    def message(self, start: bytes, host_line: bytes, authorization: bytes, body: bytes = b"") -> bytes:
        """The request as the service gets it; `start` is method and target, the body may follow apart."""
        return b"".join((
            start,
            host_line,
            self.lines,
            b"authorization: ",
            authorization,
            b"\r\nx-request-id: ",
            self.request_id,
            b"\r\ntraceparent: ",
            self.traceparent.encode(),
            b"\r\n\r\n",
            body,
        ))  # fmt: skip


def read(headers: Headers, http_version: str, max_body: int) -> Head:
    """The head of a request; `BadRequest` or `TooLarge` when it may be understood in two ways or is over the cap."""
    found = dict(headers)
    if len(found) != len(headers):
        found = _joined(headers)
    length = _length(found, max_body)
    _check_hop(found, length, http_version)
    passed = {name: PASSED_ON[name] + value for name, value in found.items() if name in PASSED_ON}
    if length == CHUNKED:
        passed[b"transfer-encoding"] = b"transfer-encoding: chunked"
    elif b"content-length" in found:
        passed[b"content-length"] = _LENGTH % length
    return Head(found, passed, length).begin()


def request_id(given: bytes) -> bytes:
    """The caller's own request id when it is a sane one, else a new id."""
    return given if given and _GOOD_ID.fullmatch(given) else new_id_text().encode()


def given_id(headers: Headers) -> bytes:
    """The request id of a request whose headers were refused."""
    return request_id(next((value for name, value in headers if name == b"x-request-id"), b""))


def _length(found: dict[bytes, bytes], max_body: int) -> int:
    declared = found.get(b"content-length")
    coding = found.get(b"transfer-encoding")
    if coding is not None:
        if declared is not None or coding.lower() != b"chunked":
            raise BadRequest("A body has either a Content-Length or Transfer-Encoding: chunked.")
        return CHUNKED
    if declared is None:
        return NOTHING
    if not declared.isdigit() or len(declared) > _MAX_DIGITS:
        raise BadRequest("Content-Length is not a number.")
    length = int(declared)
    if length > max_body:
        raise TooLarge
    return length


def _joined(headers: Headers) -> dict[bytes, bytes]:
    """One value a name: lists are joined (RFC 9110, 5.3); a repeated single header is refused."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name not in found:
            found[name] = value
        elif name in _SINGLE:
            raise BadRequest("A header came twice that may come only once.")
        else:
            found[name] += b", " + value
    return found


def _check_hop(found: dict[bytes, bytes], length: int, http_version: str) -> None:
    """What concerns the connection between the caller and us alone."""
    if http_version != "1.1":
        # The parser also lets 0.9 and 2.0 through: a target with a line end in it is a request of HTTP/0.9.
        if http_version != "1.0":
            raise BadRequest("This address speaks HTTP/1.1.")
        if length == CHUNKED:
            raise BadRequest("Transfer-Encoding needs HTTP/1.1.")
    elif b"host" not in found:
        raise BadRequest("A request needs one Host header.")
    if b"upgrade" in found:
        raise BadRequest("This address speaks HTTP/1.1 without upgrades; leave the Upgrade header out.")
    if b"connection" in found:
        _strip_named(found)


def _strip_named(found: dict[bytes, bytes]) -> None:
    """Headers that `Connection` names are for this hop only (RFC 9110, 7.6.1)."""
    value = found[b"connection"].lower()
    if value in {b"keep-alive", b"close"}:
        return
    for name in value.split(b","):
        # The length stays what it is, whatever the caller calls it.
        if (bare := name.strip()) not in {b"content-length", b"transfer-encoding", b"host"}:
            found.pop(bare, None)
