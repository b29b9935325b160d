"""One request on its way through: to the service and back, as a whole where it is small, else as a stream."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.types import Receive, Scope, Send

from gateway import proxy_problems
from gateway.framing import CHUNKED, NOTHING, Head
from gateway.upstream import REPEATABLE, Connection, Upstream, UpstreamError
from shared import logging
from shared.errors import BadRequest, TooLarge

Headers = list[tuple[bytes, bytes]]

# What of a body is awaited before it is passed on, either way; few are longer, and nobody has them for nothing.
_TOGETHER: Final = 65_536
_NO_STORE: Final = (b"cache-control", b"no-store")
_CLOSE: Final = (b"connection", b"close")
_BODILESS: Final = frozenset({204, 304})
_log = logging.get("proxy")


class ClientGoneError(Exception):
    """The caller went away before there was an answer."""


class Exchange:
    """Sends one request to its service and the service's answer to the caller."""

    __slots__ = ("_head", "_max_body", "_receive", "_scope", "_send", "_upstream", "body_taken", "client", "told")

    def __init__(self, upstream: Upstream, head: Head, max_body: int, ends: tuple[Scope, Receive, Send]) -> None:
        self._upstream = upstream
        self._head = head
        self._max_body = max_body
        self._scope, self._receive, self._send = ends
        # Whose request it is, once that is known.
        self.client = ""
        # Whether the request's body has been read to its end.
        self.body_taken = head.length == NOTHING
        # Whether the answer has begun to leave, so that no other can.
        self.told = False

    async def ask(self, message: bytes) -> Connection:
        """The connection on which the head of the answer has come; `message` is the request's head."""
        method = self._scope["method"]
        if not self.body_taken:
            first, whole = await self._gathered()
            message += _chunk(first) if self._head.length == CHUNKED else first
            if not whole:
                return await self._ask_in_parts(message, len(first))
            self._finish(len(first))
            if self._head.length == CHUNKED:
                message += b"0\r\n\r\n"
        repeatable = method in REPEATABLE or self._head.keyed
        return await self._upstream.exchange(message, repeatable=repeatable, head_only=method == "HEAD")

    async def tell(self, connection: Connection, headers: Headers) -> None:
        """Pass the answer back, a short one as a whole or not at all; `headers` are added to the service's own."""
        if not connection.complete and _is_short(connection.headers):
            await _completed(connection)
        found, status = connection.headers, connection.status
        if status in _BODILESS:
            # The length of what is not there; uvicorn would wait for it.
            found = [one for one in found if one[0] != b"content-length"]
        if not connection.keeps:
            found.append(_NO_STORE)
        found += headers
        if not self.body_taken:
            found.append(_CLOSE)
        start = {"type": "http.response.start", "status": status, "headers": found}
        if not connection.complete:
            with self._upstream.streams.one(connection, self.client):
                self.told = True
                await self._tell_in_parts(connection, start)
            return
        self.told = True
        body = connection.take()
        self._let_go(connection)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

    def _let_go(self, connection: Connection) -> None:
        if self.body_taken:
            self._upstream.give_back(connection)
        else:
            connection.abort()

    async def _gathered(self) -> tuple[bytes, bool]:
        """(bytes, whether they are all): a body that comes drop by drop must not hold a connection to the service."""
        parts, size, whole = [], 0, False
        while not whole and size < _TOGETHER:
            part, whole = await self._next_part()
            parts.append(part)
            size += len(part)
        return b"".join(parts), whole

    async def _next_part(self) -> tuple[bytes, bool]:
        """(bytes, whether they were the last) of the request's body."""
        event = await self._receive()
        if event["type"] != "http.request":
            raise ClientGoneError
        return event.get("body", b""), not event.get("more_body", False)

    def _finish(self, size: int) -> None:
        """The body has ended; its size must be what was declared, whoever parsed it."""
        if size > self._max_body:
            raise TooLarge
        if self._head.length not in {CHUNKED, size}:
            raise BadRequest("The body is not as long as its Content-Length says.")
        self.body_taken = True

    async def _ask_in_parts(self, message: bytes, size: int) -> Connection:
        """Send the body as it comes; the service may answer before it has ended."""
        self._upstream.streams.make_room(self.client)
        connection = await self._upstream.begin(message)
        with self._upstream.streams.one(connection, self.client):
            return await self._asked_in_parts(connection, size)

    async def _asked_in_parts(self, connection: Connection, size: int) -> Connection:
        pump = asyncio.ensure_future(self._pump(connection, size))
        came = connection.head_came()
        try:
            await asyncio.wait((pump, came), return_when=asyncio.FIRST_COMPLETED)
            if pump.done() and not (came.done() and came.exception() is None):
                pump.result()
            await came
        except BaseException:
            connection.abort()
            raise
        finally:
            await _ended(pump, came)
        return connection

    async def _pump(self, connection: Connection, size: int) -> None:
        chunked, whole = self._head.length == CHUNKED, False
        while not whole:
            part, whole = await self._next_part()
            size += len(part)
            if size > self._max_body:
                raise TooLarge
            if part:
                await connection.write(_chunk(part) if chunked else part)
        self._finish(size)
        if chunked:
            await connection.write(b"0\r\n\r\n")

    async def _tell_in_parts(self, connection: Connection, start: dict[str, object]) -> None:
        gone = asyncio.ensure_future(self._hung_up()) if self.body_taken else None
        try:
            await self._send(start)
            while part := await connection.more():
                await self._send({"type": "http.response.body", "body": part, "more_body": True})
                if gone is not None and gone.done():
                    raise ClientGoneError
            self._let_go(connection)
            await self._send({"type": "http.response.body", "body": b""})
        except UpstreamError as error:
            # The head has left; an answer that stops short of its length, or of its last chunk, says it all.
            _log.warning("answer-cut-short", error=type(error).__name__, kind=self._upstream.name)
            connection.abort()
        except BaseException:
            connection.abort()
            raise
        finally:
            if gone is not None:
                await _ended(gone)

    async def _hung_up(self) -> None:
        """Ends when the caller has gone away, or has the whole answer."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _is_short(headers: Headers) -> bool:
    """Whether the answer says how long it is, and that is not much."""
    return any(name.lower() == b"content-length" and int(value) <= _TOGETHER for name, value in headers)


async def _completed(connection: Connection) -> None:
    """Wait for the whole body, which can then be taken at once."""
    parts = []
    try:
        while part := await connection.more():
            parts.append(part)
    except UpstreamError as error:
        connection.abort()
        raise proxy_problems.problem_of(error) from error
    except BaseException:
        connection.abort()
        raise
    connection.pieces = parts


def _chunk(part: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(part), part) if part else b""


async def _ended(*tasks: asyncio.Future[None] | asyncio.Future[object]) -> None:
    """Whatever still runs is stopped, and its outcome taken note of."""
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
