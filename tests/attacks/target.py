"""One place at which a token is shown, byte by byte, over a connection that is kept."""

import asyncio
from dataclasses import dataclass
from typing import Final

HOST: Final = "127.0.0.1"
_SECONDS: Final = 10


@dataclass(frozen=True)
class Verdict:
    """What came back."""

    status: int
    head: bytes
    body: bytes


class Target:
    """A path of a server, on a connection that is kept as long as the server keeps it."""

    def __init__(self, name: str, port: int, path: str) -> None:
        self.name = name
        self.port = port
        self.path = path
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def show(self, token: str) -> Verdict:
        """The verdict on a request that carries this as its bearer token."""
        return await self.ask(b"Authorization: Bearer " + token.encode("latin-1", "replace"))

    async def ask(self, *lines: bytes, path: str | None = None, body: bytes = b"") -> Verdict:
        """The verdict on a request with these header lines; one with a body is a POST."""
        start = b"%b %b HTTP/1.1" % (b"POST" if body else b"GET", (path or self.path).encode("latin-1"))
        length = [b"Content-Length: %d" % len(body)] if body else []
        data = b"\r\n".join([start, b"Host: edge", *lines, *length, b"", body])
        line, self._line = self._line, None
        for _ in range(3):  # between two tests the loop has not run: let it hear of an end
            await asyncio.sleep(0)
        if line is not None and line[0].at_eof():
            line[1].close()  # it rested too long, and the server closed it
            line = None
        async with asyncio.timeout(_SECONDS):
            reader, writer = line or await asyncio.open_connection(HOST, self.port)
            writer.write(data)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length_line = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
            answer = Verdict(int(head.split(b" ", 2)[1]), head, await reader.readexactly(int(length_line[15:])))
        # Kept only after a whole answer: whatever goes wrong in one case is nothing for the next.
        if b"connection: close" in head:
            writer.close()
        else:
            self._line = reader, writer
        return answer

    def hang_up(self) -> None:
        """Close what is kept."""
        if self._line is not None:
            self._line[1].close()
            self._line = None


async def send(port: int, data: bytes) -> Verdict:
    """Send the bytes, read to the end; the first answer."""
    async with asyncio.timeout(_SECONDS):
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(data)
            said = await reader.read()
        except ConnectionError:
            said = b""
        finally:
            writer.close()
    head, _, body = said.partition(b"\r\n\r\n")
    first = head.split(b" ", 2)
    return Verdict(int(first[1]) if len(first) > 1 and first[1].isdigit() else 0, head, body)
