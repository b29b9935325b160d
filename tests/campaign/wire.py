"""A TCP proxy that misbehaves on demand: late, uneven, in crumbs, narrow, broken off, or silent for ever."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from deploy.local import process
from deploy.local.process import LOOPBACK

_READ: Final = 65_536
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
_LOOK_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to the bytes on a wire, both ways."""

    latency: float = 0.0  # seconds
    jitter: float = 0.0  # up to so many seconds more
    piece: int = 0  # bytes sent at once, at most
    rate: float = 0.0  # bytes a second
    resets: float = 0.0  # the chance that the connection is reset instead, each time that bytes come
    silent: bool = False  # whatever comes is swallowed, and no end is passed on: the peer is gone and nobody says so


FAIR: Final = Weather()


class Wire:
    """One way to one port. A connection that was silent once stays so, whatever the weather becomes."""

    def __init__(self, seed: int) -> None:
        self._listener = process.listen()
        self.port = process.port_of(self._listener)
        self.weather = FAIR
        # What came from the calling side, as it came, while anybody wants to know.
        self.heard: list[bytes] | None = None
        self._chance = random.Random(seed)
        self._target = 0
        self._carrying: set[asyncio.Task[None]] = set()

    def lead_to(self, port: int) -> None:
        """Where connections go."""
        self._target = port

    def break_off(self) -> None:
        """End every connection there is, at once."""
        for task in self._carrying:
            task.cancel()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        """Carry until this is left."""
        server = await asyncio.start_server(self._accept, sock=self._listener, limit=_READ)
        try:
            yield self
        finally:
            server.close()
            self.break_off()
            await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(_End(reader, writer)))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, near: "_End") -> None:
        ends = [near]
        try:
            if not self.weather.silent:
                ends.append(_End(*await asyncio.open_connection(LOOPBACK, self._target, limit=_READ)))
            await _Passing(self, ends, self._chance).run()
        except* OSError:
            for end in ends:
                end.reset()
        finally:
            for end in ends:
                end.writer.transport.abort()


class _End:
    """One side's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def reset(self) -> None:
        """Break it off so that the other side gets a reset."""
        found: socket.socket = self.writer.get_extra_info("socket")
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.writer.transport.abort()


class _Passing:
    """Both directions of one connection, or only what the near end says into the void."""

    def __init__(self, wire: Wire, ends: list[_End], chance: random.Random) -> None:
        self._wire, self._ends, self._chance = wire, ends, chance
        self._silent = len(ends) == 1

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number, end in enumerate(self._ends):
                group.create_task(self._pass(end, self._ends[1 - number] if len(self._ends) > 1 else None))

    async def _pass(self, source: _End, target: _End | None) -> None:
        while data := await source.reader.read(_READ):
            if target is not None and self._wire.heard is not None and source is self._ends[0]:
                self._wire.heard.append(data)
            await self._hand_over(data, target)
        await self._end(target)

    async def _hand_over(self, data: bytes, target: _End | None) -> None:
        weather = self._wire.weather
        self._silent = self._silent or weather.silent
        if self._silent or target is None:
            return
        if weather.resets and self._chance.random() < weather.resets:
            raise ConnectionResetError
        if late := weather.latency + self._chance.uniform(0, weather.jitter):
            await asyncio.sleep(late)
        for piece in _pieces(data, weather):
            target.writer.write(piece)
            await target.writer.drain()
            if weather.rate:
                await asyncio.sleep(len(piece) / weather.rate)

    async def _end(self, target: _End | None) -> None:
        """One side has closed. Where the wire is silent the other hears of it only when that is over."""
        if not self._silent and target is not None:
            target.writer.write_eof()
            return
        while self._wire.weather.silent:  # noqa: ASYNC110 - the weather is a plain value
            await asyncio.sleep(_LOOK_SECONDS)
        raise ConnectionAbortedError


def _pieces(data: bytes, weather: Weather) -> Iterator[bytes]:
    size = weather.piece or (max(1, int(weather.rate / 20)) if weather.rate else len(data))
    for start in range(0, len(data), size):
        yield data[start : start + size]
