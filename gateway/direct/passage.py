"""One request on the short way: written to its service as a whole, answered as a whole, written down."""

from time import monotonic, time
from typing import Final, Protocol

from gateway.access import AccessLog
from gateway.auth import Admission
from gateway.framing.answers import Answer
from gateway.framing.nearly import Reading
from gateway.upstream import REPEATABLE, Connection, Upstream

_NO_STORE: Final = b"cache-control: no-store\r\nx-request-id: "
_REQUEST_ID: Final = b"x-request-id: "
_LAST: Final = b"connection: close\r\n\r\n"


class Ends(Protocol):
    """The caller's connection."""

    def answer(self, passage: "Passage", data: bytes) -> None:
        """Send the whole answer, and go on with the next request."""
        ...

    def carry_on(self, passage: "Passage") -> None:
        """Go on over ASGI: the service has not given a whole answer in the plain form."""
        ...


class _Deaf:
    def set(self) -> None:
        """Nobody waits for news of the caller."""


class Passage:
    """Stands where uvicorn keeps the cycle of the request at work, so that whatever comes next waits for its turn."""

    __slots__ = (
        "_access", "_body", "_ends", "_message", "admission", "began", "connection", "disconnected", "head",
        "keep_alive", "method", "reading", "response_complete", "route", "target", "upstream",
    )  # fmt: skip

    # The rest of uvicorn's cycle: the request is here as a whole, its answer comes as a whole.
    response_started: Final = False
    more_body: Final = False
    message_event: Final = _Deaf()

    def __init__(
        self,
        to: tuple[Upstream, str],
        start: tuple[str, bytes],
        said: tuple[Reading, bytes],
        admission: Admission,
        access: AccessLog,
    ) -> None:
        self.upstream, self.route = to
        self.method, self.target = start
        # The headers, as they came and what they say, and the body.
        self.reading, self._body = said
        self.head = self.reading.head
        self.admission = admission
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self._access = access

    @property
    def lacks_its_body(self) -> bool:
        """Whether the body is still to come."""
        return len(self._body) != self.head.length

    def set_out(self, ends: Ends, now: float) -> bool:
        """Write the request to the service; False, and nothing has happened, when that is not for the short way."""
        upstream, admission, head = self.upstream, self.admission, self.head
        if not upstream.breaker.closed:
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
        self._message = head.message(self.target, upstream.host_line, admission.value, self._body)
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

    def _hear(self, connection: Connection, answer: Answer | None) -> None:
        """The service has answered, or something else has come of it."""
        if answer is None:
            self._ends.carry_on(self)
            return
        upstream, head = self.upstream, self.head
        upstream.breaker.succeeded()
        upstream.give_back(connection)
        data = b"".join((
            *answer.lines,
            _REQUEST_ID if answer.keeps else _NO_STORE,
            head.request_id,
            b"\r\n",
            self.admission.bucket.lines(self.began),
            b"\r\n" if self.keep_alive else _LAST,
            answer.body,
        ))  # fmt: skip
        # What its connection may keep of it, until the next request has come, is small.
        self._message = self._body = b""
        self._ends.answer(self, data)
        seconds, route = monotonic() - self.began, answer.route.decode("latin-1") or self.route
        client = self.admission.caller.client_id
        self._access.note(
            (time(), head.request_id, head.traceparent, self.method, route, answer.status, seconds, client)
        )
