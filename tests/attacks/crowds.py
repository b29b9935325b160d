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

# port, token, how many (a hundred is enough for a test), what is set when all of them are there.
Attack = Callable[[int, bytes, int, asyncio.Event], Awaitable[None]]
Refusals = frozenset[int]

_GET: Final = b"GET /v1/referrals HTTP/1.1\r\nHost: edge\r\n"
_BOMB: Final = gzip.compress(b" " * 50_000_000, 9)
_PAUSE_SECONDS: Final = 0.1
_AT_ONCE: Final = 4
_COME_AGAIN: Final = 5
_SETTLE_SECONDS: Final = 2.0
# 409: the same key is at work; 429: too often.
_BODY_REFUSED: Final = frozenset({400, 409, 415, 422, 429})


class _Line(asyncio.Protocol):
    """A connection of which nobody reads, or cares, what comes."""

    def __init__(self, reads: bool) -> None:
        self._reads = reads
        self.transport: asyncio.Transport | None = None
        self.answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if not self._reads:
            self.transport.pause_reading()

    def data_received(self, _data: bytes) -> None:
        self.answered = True

    def connection_lost(self, _error: Exception | None) -> None:
        self.transport = None


async def crowd(
    port: int,
    count: int,
    stand: asyncio.Event,
    first: bytes,
    *,
    drip: bytes = b"",
    reads: bool = True,
    rests: bool = False,
) -> None:
    """Many connections that begin like this and go on drop by drop; whoever is sent away comes again, some a round."""
    loop, lines = asyncio.get_running_loop(), list[_Line]()
    try:
        while True:
            lines = [line for line in lines if line.transport is not None]
            for _ in range(min(count - len(lines), _COME_AGAIN if stand.is_set() else count)):
                line = _Line(reads)
                lines.append(line)
                with suppress(OSError):
                    transport, _ = await loop.create_connection(lambda line=line: line, HOST, port)  # type: ignore[misc]  # mypy: a default
                    transport.write(first)
            if not rests or all(line.answered for line in lines):
                stand.set()
            for line in lines:
                if drip and line.transport is not None:
                    line.transport.write(drip)
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        for line in lines:
            if line.transport is not None:
                line.transport.abort()


async def again(port: int, count: int, stand: asyncio.Event, data: bytes, refusals: Refusals) -> None:
    """The same request again and again, some at once, a tenth of the count each second; each has to be refused."""
    gap = 10 * _AT_ONCE / count

    async def one() -> None:
        while True:
            verdict: Verdict = await send(port, data)
            if verdict.status not in refusals:
                raise AssertionError((verdict.status, verdict.body[:300]))
            stand.set()
            await asyncio.sleep(gap)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(one())


_LENGTH: Final = b"Content-Length: 100000"
_CHUNKED: Final = b"Transfer-Encoding: chunked"
_BEGUN: Final = b'\r\n{"local_reference":"'

_ANSWERS: Final = b"GET /openapi.json HTTP/1.1\r\nHost: edge\r\n\r\n" * 8

ATTACKS: Final[dict[str, Attack]] = {
    "connections on which nothing comes": lambda port, _, count, stand: crowd(port, 4 * count, stand, b""),
    "connections that rest": lambda port, _, count, stand: crowd(port, 4 * count, stand, _GET + b"\r\n", rests=True),
    "slow heads": lambda port, _, count, stand: crowd(port, count, stand, _GET, drip=b"X-A: b\r\n"),
    "huge heads": lambda port, _, count, stand: again(
        port, count, stand, _GET + b"X-More: " + b"x" * 300_000 + b"\r\n\r\n", frozenset({431})
    ),
    "slow bodies": lambda port, token, count, stand: crowd(
        port, count, stand, head(token, _LENGTH) + _BEGUN, drip=b"x"
    ),
    "bodies that stop near their end": lambda port, token, count, stand: crowd(
        port, count, stand, head(token, _LENGTH) + _BEGUN + b"x" * 90_000, drip=b"x"
    ),
    "slow chunks": lambda port, token, count, stand: crowd(
        port, count, stand, head(token, _CHUNKED) + b"\r\n", drip=b"1\r\nx\r\n"
    ),
    "answers that nobody reads": lambda port, _, count, stand: crowd(port, count, stand, _ANSWERS, reads=False),
    "a hundred thousand levels": lambda port, token, count, stand: again(
        port, count, stand, posted(token, DEEP), _BODY_REFUSED
    ),
    "compressed bombs": lambda port, token, count, stand: again(
        port, count, stand, posted(token, _BOMB, b"Content-Encoding: gzip"), _BODY_REFUSED
    ),
}


async def main() -> None:
    """Play what the line says: name, port, token, count."""
    name, port, token, count = json.loads(sys.stdin.readline())
    stand = asyncio.Event()
    attack = asyncio.ensure_future(ATTACKS[name](port, token.encode(), count, stand))
    await stand.wait()
    # What is measured is that they are there, not that they come.
    await asyncio.sleep(_SETTLE_SECONDS)
    sys.stdout.write("goes on\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    if attack.done():
        await attack
    attack.cancel()
    await asyncio.gather(attack, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
