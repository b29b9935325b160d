"""A line between a browser and the gateway, which a test may cut: nothing comes through, as in a cellar."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Line:
    """Listens on a port of its own and passes on whatever comes, while it is whole."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._is_whole = True
        self._open = set[asyncio.StreamWriter]()
        self.base = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Line"]:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self._drop()

    def cut(self) -> None:
        """From another thread, like the browser's."""
        self._is_whole = False
        asyncio.run_coroutine_threadsafe(self._dropped(), self._loop).result()

    def mend(self) -> None:
        self._is_whole = True

    async def _dropped(self) -> None:
        self._drop()

    def _drop(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_whole:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, back}
        await asyncio.gather(_pass(reader, back), _pass(there, writer))
        self._open -= {writer, back}


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    writer.close()
