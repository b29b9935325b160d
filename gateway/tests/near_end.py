"""The caller before the gateway, byte by byte."""

import asyncio
from typing import Any

import orjson


class Answer:
    """One answer as it came over the wire."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Line:
    """A connection to the gateway on which a test writes bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, head_only: bool = False) -> Answer:
        head = (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        headers = dict(pairs)
        assert len(headers) == len(pairs), "a header came twice"
        body = b"" if head_only else await self._body(headers)
        return Answer(int(first.split()[1]), headers, body)

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await asyncio.wait_for(self._reader.readexactly(int(headers.get("content-length", 0))), 10)
        body = b""
        while size := int(await asyncio.wait_for(self._reader.readline(), 10), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return body

    async def rest(self) -> bytes:
        """Everything until the gateway closes."""
        return await asyncio.wait_for(self._reader.read(), 10)

    def close(self) -> None:
        self._writer.close()
