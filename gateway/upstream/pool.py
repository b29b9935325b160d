"""The connections to one service: last used first, a cap, time-outs by one clock, one retry where it is safe."""

import asyncio
from collections import deque
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from gateway.breaker import Breaker
from gateway.proxy_settings import DataPathSettings
from gateway.upstream.connection import Connection, LostError, TimedOutError, UpstreamError
from gateway.upstream.streams import BusyError, Streams

# Safe or idempotent by RFC 9110; any other is repeatable only with an Idempotency-Key.
REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_TICK: Final = 0.25
# A service that drains still answers on connections that rest less than its `linger_seconds`; whatever cannot be sent
# twice goes on none that has rested longer than this.
_FRESH: Final = 1.0


class UnreachableError(UpstreamError):
    """No connection could be made."""


class Upstream:
    """One service as the gateway reaches it."""

    def __init__(self, name: str, url: str, settings: DataPathSettings) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"the address of {name} must be http://host:port")
        self.name = name
        self.host, self.port = parts.hostname, parts.port or 80
        self.host_line = b" HTTP/1.1\r\nhost: %b\r\n" % parts.netloc.encode()
        self.breaker = Breaker(settings.breaker_failures, settings.breaker_seconds)
        self._connect_seconds = settings.connect_seconds
        # Seconds for which the service may be silent.
        self.patience = settings.answer_seconds
        self._idle_seconds = settings.upstream_idle_seconds
        self._cap = settings.upstream_connections
        self.streams = Streams(max(1, self._cap // 2))
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._ticking: asyncio.TimerHandle | None = None
        self._closed = False

    async def exchange(self, message: bytes, *, repeatable: bool, head_only: bool = False) -> Connection:
        """Send a whole request; a connection on which the head of the answer has come.

        When a kept connection turns out to be dead before a byte of an answer, a request that may be repeated is
        sent once more, on a new connection. Whoever gets the connection gives it back or aborts it.
        """
        connection = self.take(repeatable=repeatable) or await self._connect()
        try:
            connection.ask(message, self.patience, head_only)
        except BaseException:
            connection.abort()
            raise
        return await self.settle(connection, message, repeatable=repeatable, head_only=head_only)

    async def settle(
        self, connection: Connection, message: bytes, *, repeatable: bool, head_only: bool = False
    ) -> Connection:
        """The same for a request that has been written to the connection already."""
        try:
            await connection.head_came()
            return connection
        except LostError as died:
            connection.abort()
            if not (repeatable and died.silent and connection.asked > 1):
                raise
        except BaseException:
            connection.abort()
            raise
        return await self._once_more(message, head_only)

    async def begin(self, message: bytes) -> Connection:
        """Send the first part of a request whose body is still to come; never retried."""
        connection = self.take(repeatable=False) or await self._connect()
        try:
            connection.ask(message, self.patience, head_only=False)
        except BaseException:
            connection.abort()
            raise
        return connection

    def take(self, *, repeatable: bool) -> Connection | None:
        """A connection that rests, the one used last; whoever does not ask on it puts it back."""
        oldest = 0.0 if repeatable else monotonic() + self._idle_seconds - _FRESH
        while self._idle:
            connection = self._idle.pop()
            if connection.open and connection.deadline >= oldest:
                return connection
            connection.abort()
        return None

    def put_back(self, connection: Connection) -> None:
        """A connection that was taken and not used."""
        self._idle.append(connection)
        self._next()

    def give_back(self, connection: Connection) -> None:
        """The answer has been taken: keep the connection if it may serve again."""
        if not connection.reusable():
            connection.abort()
            return
        connection.busy = False
        connection.deadline = monotonic() + self._idle_seconds
        self._idle.append(connection)
        self._next()

    async def close(self) -> None:
        """Close every connection, and open no other."""
        self._closed = True
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        for connection in tuple(self._all):
            connection.abort()
        await asyncio.sleep(0)

    @property
    def size(self) -> int:
        """Connections that are open now."""
        return len(self._all)

    async def _once_more(self, message: bytes, head_only: bool) -> Connection:
        connection = await self._connect()
        try:
            connection.ask(message, self.patience, head_only)
            await connection.head_came()
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _connect(self) -> Connection:
        """A new connection, or the first to come free when there are enough; both within the connect time-out."""
        try:
            async with asyncio.timeout(self._connect_seconds):
                while len(self._all) + self._opening >= self._cap:
                    await self._turn()
                    if (connection := self.take(repeatable=True)) is not None:
                        return connection
                return await self._open()
        except TimeoutError:
            raise (BusyError if len(self._all) >= self._cap else UnreachableError)(silent=True) from None
        except OSError as error:
            raise UnreachableError(silent=True) from error

    @property
    def is_closed(self) -> bool:
        """Whether it was closed; asked anew after each wait."""
        return self._closed

    async def _open(self) -> Connection:
        if self._closed:
            raise ConnectionAbortedError
        loop = asyncio.get_running_loop()
        self._opening += 1
        try:
            _, connection = await loop.create_connection(lambda: Connection(self._lost, loop), self.host, self.port)
        finally:
            self._opening -= 1
        if self.is_closed:
            connection.abort()
        if not connection.open:
            raise ConnectionResetError
        connection.deadline = monotonic() + self._idle_seconds
        self._all.add(connection)
        if self._ticking is None:
            self._ticking = loop.call_later(_TICK, self._tick)
        return connection

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._next()
            raise
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def _next(self) -> None:
        """Tell the one who has waited longest that there is a connection, or room for one."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _lost(self, connection: Connection) -> None:
        self._all.discard(connection)
        self._unlist(connection)
        self._next()

    def _unlist(self, connection: Connection) -> None:
        if not connection.busy and connection in self._idle:
            self._idle.remove(connection)

    def _tick(self) -> None:
        """End what is over its time: requests without an answer, connections that nobody needed."""
        now = monotonic()
        for connection in [one for one in self._all if one.deadline < now]:
            if connection.busy:
                connection.abort(TimedOutError(silent=connection.silent))
            else:
                self._unlist(connection)
                connection.abort()
        self._ticking = asyncio.get_running_loop().call_later(_TICK, self._tick) if self._all else None
