"""Kept-alive connections to receivers, who are not trusted: what they answer is bounded and thrown away."""

import asyncio
import ssl
from dataclasses import dataclass
from time import monotonic
from typing import Final

from gateway.upstream import Connection, MalformedError
from gateway.upstream.connection import Listener
from gateway.webhooks.dialling import Dialler

KEEP_SECONDS: Final = 30.0
HEAD_BYTES: Final = 32_768


@dataclass(frozen=True, slots=True)
class Origin:
    """Where connections lead: by TLS or not, to which host and port."""

    secure: bool
    host: str
    port: int


class Line(Connection):
    """A connection to one receiver; its answer's head is bounded, of its body nothing is kept."""

    origin: Origin
    since: float = 0.0
    _head_bytes: int = 0

    def ask(self, message: bytes, patience: float, head_only: bool, listener: Listener | None = None) -> None:
        self._head_bytes = 0
        super().ask(message, patience, head_only, listener)

    def data_received(self, data: bytes) -> None:
        if not self.head_done:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self.head_done and self._head_bytes > HEAD_BYTES:
            self.abort(MalformedError())

    def retry_after(self) -> str | None:
        """What the receiver asks for, as it says it."""
        for name, value in self.headers:
            if name == b"retry-after":
                return value.decode("latin-1")
        return None

    async def read(self, most: int) -> None:
        """Read the rest of the answer, but no more than that."""
        for name, value in self.headers:
            if name == b"content-length" and int(value) > most:
                return
        count = len(self.take())
        while not self.complete and count <= most:
            count += len(await self.more())


class Lines:
    """Free connections by origin; the one that was used last is used next."""

    def __init__(self, dialler: Dialler, trust: ssl.SSLContext) -> None:
        self._dialler = dialler
        self._trust = trust
        self._free: dict[Origin, list[Line]] = {}
        self._open: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def kept(self, origin: Origin) -> Line | None:
        """A free connection that is still open, if there is one."""
        free = self._free.get(origin)
        while free:
            line = free.pop()
            if line.open:
                return line
        return None

    async def fresh(self, origin: Origin) -> Line:
        """A new connection; TLS is verified for the host that the URL names, whatever address it has."""
        loop = asyncio.get_running_loop()
        made = await self._dialler.connect(origin.host, origin.port, secure=origin.secure)
        try:
            _, line = await loop.create_connection(
                lambda: Line(self._open.discard, loop),
                sock=made,
                ssl=self._trust if origin.secure else None,
                server_hostname=origin.host.rstrip(".") if origin.secure else None,
            )
        except BaseException:
            made.close()
            raise
        line.origin = origin
        self._open.add(line)
        return line

    def done(self, line: Line) -> None:
        """Keep the connection when its answer was read whole, else close it."""
        if not line.reusable():
            line.abort()
            return
        line.since = monotonic()
        line.busy = False
        self._free.setdefault(line.origin, []).append(line)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(KEEP_SECONDS, self._close_old)

    def close(self) -> None:
        """Close all, those in use too."""
        if self._sweep is not None:
            self._sweep.cancel()
        for line in list(self._open):
            line.abort()

    def _close_old(self) -> None:
        self._sweep = None
        before = monotonic() - KEEP_SECONDS / 2
        for origin, free in list(self._free.items()):
            for line in [one for one in free if one.since < before or not one.open]:
                free.remove(line)
                line.abort()
            if not free:
                del self._free[origin]
        if self._free:
            self._sweep = asyncio.get_running_loop().call_later(KEEP_SECONDS / 2, self._close_old)
