"""One kept-alive connection to a service: it writes one request at a time and hands out the answer as it comes."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.framing import answers

Headers = list[tuple[bytes, bytes]]

HIGH_WATER: Final = 65_536
# Told once: an answer that was read at one look, or None for whatever else came of it.
Listener = Callable[["Connection", answers.Answer | None], None]


class UpstreamError(Exception):
    """The service gave no whole answer. `silent`: not one byte of it had come."""

    def __init__(self, silent: bool = False) -> None:
        super().__init__(type(self).__name__)
        self.silent = silent


class LostError(UpstreamError):
    """The connection was closed by the other side."""


class TimedOutError(UpstreamError):
    """Nothing came for too long."""


class MalformedError(UpstreamError):
    """What came is not HTTP as we accept it."""


class Connection(asyncio.Protocol):
    """Its answer: `status`, `headers`, `route`, then `body` until `complete`.

    After `ask`, `head_came` ends when the head is there, often together with the whole body; `more` ends when more
    of the body is there. Reading stops while nobody takes what came. Whoever gives a `listener` instead is called
    once, from within the event loop's own callback: with a plain answer that came as a whole, else as soon as the head
    is there or will not come.
    """

    def __init__(self, left: Callable[["Connection"], None], loop: asyncio.AbstractEventLoop) -> None:
        self._left = left
        self._loop = loop
        self._parser = HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._paused = False
        self._head_only = False
        self._foreign = False
        self._framed = False
        self._keep_alive = False
        self._patience = 0.0
        self._listener: Listener | None = None
        self.failure: UpstreamError | None = None
        self.deadline = 0.0
        self.asked = 0
        self.busy = False
        self.silent = True
        self.status = 0
        self.headers: Headers = []
        self.route = b""
        # Whether the service said how long its answer keeps.
        self.keeps = False
        self.pieces: list[bytes] = []
        self.head_done = False
        self.complete = False

    # What the pool and the proxy call.

    def ask(self, message: bytes, patience: float, head_only: bool, listener: Listener | None = None) -> None:
        """Begin a request: its head, and as much of the body as is there. Call `head_came` next, or be called."""
        self.asked += 1
        self.busy = self.silent = True
        self.status = 0
        self.headers = []
        self.route = b""
        self.pieces = []
        self.head_done = self.complete = self._framed = self.keeps = False
        self._head_only = head_only
        self.deadline = monotonic() + patience
        self._patience = patience
        if self._transport is None:
            raise self.failure or LostError(silent=True)
        self._listener = listener
        self._transport.write(message)

    def head_came(self) -> asyncio.Future[None]:
        """Ends when the head of the answer is there; raises an `UpstreamError` when it will not come."""
        waiter = self._waiter = self._loop.create_future()
        if self.failure is not None:
            waiter.set_exception(self.failure)
        elif self.head_done:
            waiter.set_result(None)
        return waiter

    async def more(self) -> bytes:
        """The next bytes of the body; empty when it is complete."""
        if not self.pieces and not self.complete:
            waiter = self._waiter = self._loop.create_future()
            self.deadline = monotonic() + self._patience
            self._resume()
            if self.failure is not None:
                waiter.set_exception(self.failure)
            await waiter
        return self.take()

    def take(self) -> bytes:
        """What has come of the body and was not taken yet."""
        pieces = self.pieces
        if not pieces:
            return b""
        self.pieces = []
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def write(self, data: bytes) -> None:
        """More of the request's body; waits while the service does not read."""
        if self._transport is None:
            raise self.failure or LostError(silent=self.silent)
        self._transport.write(data)
        self.deadline = monotonic() + self._patience
        if self._writable is not None:
            await self._writable

    @property
    def open(self) -> bool:
        """Whether it may still be used."""
        return self._transport is not None and not self._foreign

    def reusable(self) -> bool:
        """Whether the next request may use it; true only after a whole answer."""
        return self._keep_alive and self.complete and self.open and not self._head_only

    def abort(self, failure: UpstreamError | None = None) -> None:
        """Close at once; whoever waits is told."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._fail(failure or LostError(silent=self.silent))

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self.busy or self.complete:
            # Nobody asked for this: it could be taken for the next request's answer.
            self._foreign = True
            self.abort(MalformedError())
            return
        if self._listener is not None and self.silent and (answer := answers.read(data)) is not None:
            self.silent = False
            self.head_done = self.complete = self._keep_alive = True
            self._tell(answer)
            return
        self.silent = False
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._foreign = True
            if not self.complete:
                self.abort(MalformedError())
                return
        self.deadline = monotonic() + self._patience
        if self.head_done:
            self._tell()
        self._hand_on()

    def _hand_on(self) -> None:
        """For whoever awaits the answer, or its next part."""
        waiter = self._waiter
        if waiter is not None and self.head_done and not waiter.done():
            waiter.set_result(None)
        if self._is_too_full():
            self._pause()

    def _tell(self, answer: answers.Answer | None = None) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener(self, answer)

    def _is_too_full(self) -> bool:
        """Whether more has come than may wait for the caller."""
        return not (self.complete or self._paused) and sum(map(len, self.pieces)) > HIGH_WATER

    def eof_received(self) -> None:
        """The other side closes; so do we."""

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if self.busy and self.head_done and not self.complete and not self._framed:
            # An answer without a length ends with its connection.
            self.complete = True
            self._wake()
        self._fail(LostError(silent=self.silent))
        self._left(self)

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        self._release()

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self.complete:
            raise MalformedError

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        role = answers.ROLES.get(name, answers.PASSED)
        if role in {answers.PASSED, answers.TELLS}:
            self.headers.append((name, value))
        if name in {b"content-length", b"transfer-encoding"}:
            self._framed = True
        elif name == b"cache-control":
            self.keeps = True
        elif name == b"x-circle-route":
            self.route = value

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status >= 200:
            self.head_done = True
            self.complete = self._head_only
            self._keep_alive = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        self.pieces.append(data)

    def on_message_complete(self) -> None:
        if self.head_done:
            self.complete = True
        else:
            # An interim answer: what it said is not the answer's.
            self.headers = []
            self._framed = self.keeps = False

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, failure: UpstreamError) -> None:
        self.failure = self.failure or failure
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(failure)
        self._release()
        self._tell()

    def _release(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def _pause(self) -> None:
        if self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
