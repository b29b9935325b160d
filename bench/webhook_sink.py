"""A receiver that costs next to nothing, in a process of its own: answers 204, and `/hang` never."""

import asyncio
import os
import sys
from typing import cast

import httptools
import uvloop

_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._hangs = url == b"/hang"

    def on_message_complete(self) -> None:
        if self._hangs:
            return
        self._transport.write(_ANSWER)


async def serve() -> None:
    """Print the port, then serve until whoever started us is gone."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - nobody tells a child that its parent died
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(serve())
