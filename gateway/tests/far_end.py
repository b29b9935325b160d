"""The service behind the gateway, byte by byte: what arrived, and whatever answer a test wants."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson

Handler = Callable[["Served"], Awaitable[None]]


class Served:
    """One request as the service got it, byte by byte, and the means to answer."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connection = number
        self._reader = reader
        self._writer = writer
        self.line = ""
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    async def read_head(self) -> bool:
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        self.line, *lines = head.strip().split("\r\n")
        self.headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        return True

    def header(self, name: str) -> str | None:
        found = [value for one, value in self.headers if one == name]
        assert len(found) < 2, f"{name} came twice"
        return found[0] if found else None

    async def read_body(self) -> bytes:
        if self.header("transfer-encoding") == "chunked":
            while size := int(await self._reader.readline(), 16):
                self.body += await self._reader.readexactly(size)
                await self._reader.readline()
            await self._reader.readline()
        elif length := int(self.header("content-length") or 0):
            self.body = await self._reader.readexactly(length)
        return self.body

    async def answer(self, status: int = 200, body: bytes = b"{}", *headers: str) -> None:
        await self.raw(
            f"HTTP/1.1 {status} Whatever\r\ncontent-length: {len(body)}\r\n".encode()
            + "".join(f"{line}\r\n" for line in headers).encode()
            + b"\r\n"
            + (b"" if self.line.startswith("HEAD") else body)
        )

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def hung_up(self) -> None:
        """Ends when the gateway has closed the connection."""
        while await self._reader.read(65536):
            pass


async def _echo(served: Served) -> None:
    """Says what arrived."""
    body = await served.read_body()
    seen = {"line": served.line, "headers": served.headers, "body": body.decode("latin-1")}
    await served.answer(200, orjson.dumps(seen), "content-type: application/json")


class Service:
    """A service of one test: counts connections, remembers requests, does what `handler` says."""

    def __init__(self) -> None:
        self.handler: Handler = _echo
        self.requests: list[Served] = []
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()

    def forget(self) -> None:
        """As if nothing had been asked yet."""
        self.handler = _echo
        self.requests.clear()

    def hang_up(self) -> None:
        """Close every connection that is open."""
        for writer in tuple(self._writers):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._writers.add(writer)
        try:
            while True:
                served = Served(number, reader, writer)
                if not await served.read_head():
                    return
                self.requests.append(served)
                await self.handler(served)
                if writer.is_closing():
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()
