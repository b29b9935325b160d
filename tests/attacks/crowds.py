"""Those who try to use everything up: each goes on until it is cancelled, and costs whoever does it little.

`python -m tests.attacks.crowds` is told which on its first line, says when it goes on, and ends with its input.
"""

import asyncio
import gzip
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, cast

from tests.attacks.cases_of_bodies import DEEP, head, posted
from tests.attacks.target import HOST, Verdict, send

# port, token, how many: a hundred is enough for a test.
Attack = Callable[[int, bytes, int], Awaitable[None]]
Refusals = frozenset[int]

_GET: Final = b"GET /v1/referrals HTTP/1.1\r\nHost: edge\r\n"
_BOMB: Final = gzip.compress(b" " * 50_000_000, 9)
_PAUSE_SECONDS: Final = 0.1
_AT_ONCE: Final = 4
_BEGIN_SECONDS: Final = 0.5
# 409: the same key is at work; 429: too often.
_BODY_REFUSED: Final = frozenset({400, 409, 415, 422, 429})


class _Line(asyncio.Protocol):
    """A connection of which nobody reads, or cares, what comes."""

    def __init__(self, reads: bool) -> None:
        self._reads = reads
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if not self._reads:
            self.transport.pause_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        self.transport = None


async def crowd(port: int, count: int, first: bytes, drip: bytes = b"", reads: bool = True) -> None:
    """Many connections that begin like this and go on drop by drop; whoever is sent away comes again."""
    loop, lines = asyncio.get_running_loop(), list[_Line]()
    try:
        while True:
            lines = [line for line in lines if line.transport is not None]
            for _ in range(count - len(lines)):
                line = _Line(reads)
                lines.append(line)
                with suppress(OSError):
                    transport, _ = await loop.create_connection(lambda line=line: line, HOST, port)  # type: ignore[misc]  # mypy: a default
                    transport.write(first)
            for line in lines:
                if drip and line.transport is not None:
                    line.transport.write(drip)
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        for line in lines:
            if line.transport is not None:
                line.transport.abort()


async def again(port: int, data: bytes, count: int, refusals: Refusals) -> None:
    """The same request again and again, some at once, a tenth of the count each second; each has to be refused."""
    gap = 10 * _AT_ONCE / count

    async def one() -> None:
        while True:
            verdict: Verdict = await send(port, data)
            if verdict.status not in refusals:
                raise AssertionError((verdict.status, verdict.body[:300]))
            await asyncio.sleep(gap)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(one())


_LENGTH: Final = b"Content-Length: 100000"
_CHUNKED: Final = b"Transfer-Encoding: chunked"
_BEGUN: Final = b'\r\n{"local_reference":"'

ATTACKS: Final[dict[str, Attack]] = {
    "connections on which nothing comes": lambda port, _, count: crowd(port, 4 * count, b""),
    "connections that rest": lambda port, _, count: crowd(port, 4 * count, _GET + b"\r\n"),
    "slow heads": lambda port, _, count: crowd(port, count, _GET, b"X-A: b\r\n"),
    "huge heads": lambda port, _, count: again(
        port, _GET + b"X-More: " + b"x" * 300_000 + b"\r\n\r\n", count, frozenset({431})
    ),
    "slow bodies": lambda port, token, count: crowd(port, count, head(token, _LENGTH) + _BEGUN, b"x"),
    "bodies that stop near their end": lambda port, token, count: crowd(
        port, count, head(token, _LENGTH) + _BEGUN + b"x" * 90_000, b"x"
    ),
    "slow chunks": lambda port, token, count: crowd(port, count, head(token, _CHUNKED) + b"\r\n", b"1\r\nx\r\n"),
    "answers that nobody reads": lambda port, _, count: crowd(
        port, count, b"GET /openapi.json HTTP/1.1\r\nHost: edge\r\n\r\n" * 8, reads=False
    ),
    "a hundred thousand levels": lambda port, token, count: again(port, posted(token, DEEP), count, _BODY_REFUSED),
    "compressed bombs": lambda port, token, count: again(
        port, posted(token, _BOMB, b"Content-Encoding: gzip"), count, _BODY_REFUSED
    ),
}


async def main() -> None:
    """Play what the line says: name, port, token, count."""
    name, port, token, count = json.loads(sys.stdin.readline())
    attack = asyncio.ensure_future(ATTACKS[name](port, token.encode(), count))
    await asyncio.sleep(_BEGIN_SECONDS)
    sys.stdout.write("goes on\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    if attack.done():
        await attack
    attack.cancel()
    await asyncio.gather(attack, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
