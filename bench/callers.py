"""Callers that cost the machine little, beside a service that shares it with them: bytes out, status and length in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from bench.harness import FailedRequestsError

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\ncontent-length: "


class Line(asyncio.Protocol):
    """A kept connection for one request after the other."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._heard = b""
        # Where the answer ends, once that is known.
        self._until = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(FailedRequestsError(f"the connection was closed: {exc}"))

    def data_received(self, data: bytes) -> None:
        self._heard += data
        end = self._heard.find(_END) if not self._until else 0
        if end > 0:
            said = self._heard[:end].lower() + b"\r\n"
            begin = said.index(_LENGTH) + len(_LENGTH)
            self._until = end + len(_END) + int(said[begin : said.index(b"\r\n", begin)])
        if self._until and len(self._heard) >= self._until and self._waiting is not None:
            self._waiting.set_result(None)

    async def ask(self, request: bytes) -> bytes:
        """The whole answer to a request, which has to be one of success."""
        assert self._transport is not None, "it is connected"
        self._heard, self._until = b"", 0
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._waiting
        if not self._heard.startswith(b"HTTP/1.1 20"):
            raise FailedRequestsError(self._heard.decode(errors="replace"))
        return self._heard

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def lines(port: int, count: int) -> AsyncIterator[list[Line]]:
    """So many connections to a port of this machine."""
    loop, made = asyncio.get_running_loop(), list[Line]()
    try:
        for _ in range(count):
            made.append((await loop.create_connection(Line, "127.0.0.1", port))[1])
        yield made
    finally:
        for one in made:
            one.close()
