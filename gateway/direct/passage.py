"""One request on the short way: written to its service as a whole, answered as a whole, written down."""

from collections.abc import Callable
from time import monotonic, time
from typing import Final, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.access import AccessLog
from gateway.auth import Admission
from gateway.framing import Head
from gateway.upstream import REPEATABLE, Connection, Upstream

# Answers that have no body and need no length (RFC 9110, 8.6).
_BODILESS: Final = frozenset({204, 304})
_NO_STORE: Final = b"cache-control: no-store\r\n"
_CLOSE: Final = b"connection: close\r\n"

Headers = list[tuple[bytes, bytes]]


class Ends(Protocol):
    """The caller's connection."""

    def answer(self, passage: "Passage", data: bytes) -> None:
        """Send the whole answer, and go on with the next request."""
        ...

    def carry_on(self, passage: "Passage") -> None:
        """Go on over ASGI: the service has not given a whole answer."""
        ...


class _Deaf:
    def set(self) -> None:
        """Nobody waits for news of the caller."""


class Passage:
    """Stands where uvicorn keeps the cycle of the request at work, so that whatever comes next waits for its turn."""

    __slots__ = (
        "_access", "_ends", "_message", "admission", "began", "client", "connection", "disconnected", "head", "headers",
        "keep_alive", "method", "response_complete", "route", "target", "upstream",
    )  # fmt: skip

    # The rest of uvicorn's cycle: the request is here as a whole, its answer comes as a whole.
    response_started: Final = False
    more_body: Final = False
    message_event: Final = _Deaf()

    def __init__(
        self,
        to: tuple[Upstream, str],
        start: tuple[str, bytes],
        head: tuple[Head, Headers],
        admission: Admission,
        access: AccessLog,
    ) -> None:
        self.upstream, self.route = to
        self.method, self.target = start
        self.head, self.headers = head
        self.admission = admission
        self.client = admission.caller.client_id
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self._access = access

    def set_out(self, body: bytes, ends: Ends, still: Callable[[Admission, float], bool]) -> bool:
        """Write the request to the service; False, and nothing has happened, when that is not for the short way."""
        now = monotonic()
        upstream, admission, head = self.upstream, self.admission, self.head
        if len(body) != head.length or not upstream.breaker.closed or not still(admission, now):
            return False
        connection = upstream.take(repeatable=self.is_repeatable)
        if connection is None:
            return False
        if not admission.bucket.take(now):
            upstream.put_back(connection)
            return False
        self.began = now
        self.connection = connection
        self._ends = ends
        self._message = b"".join((
            self.target,
            upstream.host_line,
            head.lines,
            b"authorization: ",
            admission.value,
            b"\r\nx-request-id: ",
            head.request_id,
            b"\r\ntraceparent: ",
            head.traceparent.encode(),
            b"\r\n\r\n",
            body,
        ))  # fmt: skip
        connection.ask(self._message, upstream.patience, head_only=False, listener=self._hear)
        return True

    @property
    def path(self) -> str:
        """The path that was asked for, without its query."""
        return self.target.partition(b" ")[2].partition(b"?")[0].decode("ascii")

    @property
    def is_repeatable(self) -> bool:
        """Whether doing it twice is as good as doing it once."""
        return self.method in REPEATABLE or self.head.keyed

    async def settle(self) -> Connection:
        """The connection on which the head of the answer has come, on the second try where that is safe."""
        return await self.upstream.settle(self.connection, self._message, repeatable=self.is_repeatable)

    def _hear(self, connection: Connection) -> None:
        """The head of the answer is there, or will not come."""
        status = connection.status
        if connection.failure is not None or not connection.complete or not (connection.sized or status in _BODILESS):
            self._ends.carry_on(self)
            return
        upstream = self.upstream
        upstream.breaker.succeeded()
        pieces = [STATUS_LINE[status]]
        for name, value in connection.headers:
            pieces += (name, b": ", value, b"\r\n")
        pieces += (
            b"" if connection.keeps else _NO_STORE,
            b"x-request-id: ",
            self.head.request_id,
            b"\r\n",
            self.admission.bucket.lines(self.began),
            b"\r\n" if self.keep_alive else _CLOSE + b"\r\n",
            *connection.pieces,
        )
        upstream.give_back(connection)
        self._ends.answer(self, b"".join(pieces))
        self._write_down(status, connection.route)

    def _write_down(self, status: int, route: bytes) -> None:
        head, seconds = self.head, monotonic() - self.began
        name = route.decode("latin-1") or self.route
        self._access.note((time(), head.request_id, head.traceparent, self.method, name, status, seconds, self.client))
