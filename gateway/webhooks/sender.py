"""The sender: claims what is due, sends it through lanes, records what became of it; may die at any moment."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID

from gateway.feed.bell import DUE
from gateway.webhooks import keys, queue, results, signing
from gateway.webhooks.addresses import Rules
from gateway.webhooks.lanes import Lane, Lanes
from gateway.webhooks.posting import Poster
from gateway.webhooks.queue import Claimed, LaneKey
from gateway.webhooks.results import Result
from gateway.webhooks.settings import of as policy_of
from shared import away, logging, wall_clock
from shared.parts import Parts
from shared.steps import whole

IDLE_SECONDS: Final = 0.25
CLAIM_SECONDS: Final = 0.01
# Results are written down when nothing is on its way any more, when there are so many, or after so long.
RECORD_COUNT: Final = 200
RECORD_SECONDS: Final = 0.2
DRAIN_SECONDS: Final = 5.0
# A sender that is to stop ends the step that it is in, unless the database stays silent for so long.
STEP_SECONDS: Final = 2.0
# Access is checked as a delivery is claimed. One that waited longer than this in its lane is claimed anew.
FRESH: Final = timedelta(seconds=2)
_log = logging.get("webhooks")


@dataclass(frozen=True, slots=True)
class Width:
    """How much may be on its way at once."""

    connections: int
    per_endpoint: int
    # A receiver that just failed is left alone for so long.
    rest_seconds: float = 1.0

    @classmethod
    def of(cls, parts: Parts) -> "Width":
        own = policy_of(parts.settings)
        return cls(own.webhook_connections, own.webhook_connections_per_endpoint)


def poster_of(parts: Parts) -> Poster:
    """The client with the rules and the time-out of this installation."""
    own = policy_of(parts.settings)
    return Poster(Rules.of(parts.settings), own.webhook_timeout_seconds)


async def attempt(poster: Poster, delivery: Claimed) -> Result:
    """Sign the very bytes that are sent, and send them."""
    started = wall_clock.now()
    headers = signing.headers(delivery.event, started, delivery.body, delivery.target.secrets)
    answer = await poster.post(delivery.target.url, delivery.body, headers)
    return Result(delivery, answer, started, wall_clock.now() - started)


class Sender:
    """One process's sender. Several may run: claims have a lease and skip what another one holds."""

    def __init__(self, parts: Parts, poster: Poster, width: Width) -> None:
        self._parts = parts
        self._poster = poster
        self._lanes = Lanes(width.per_endpoint)
        self._rest_seconds = width.rest_seconds
        self._normal = asyncio.Semaphore(width.connections)
        self._urgent = asyncio.Semaphore(width.connections)
        self._ended = asyncio.Event()
        self._enough = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._given_back: list[Claimed] = []

    async def round(self, now: datetime) -> int:
        """Claim what is due and has room, and let it go; how much that was."""
        count = 0
        for partnership, lanes in (await queue.due_lanes(self._parts, now)).items():
            room = self._lanes.room(lanes)
            if room:
                count += await whole(self._take(partnership, room, now), STEP_SECONDS)
        return count

    async def _take(self, partnership: UUID, room: Mapping[LaneKey, int], now: datetime) -> int:
        """Claim, and know what was claimed: whoever forgot it would leave it alone until its lease is over."""
        claimed = await queue.claim(self._parts, partnership, room, now)
        self._lanes.fill(claimed, self._start)
        return sum(len(some) for some in claimed.values())

    async def flush(self) -> None:
        """Write down what has ended, and give back what will not be sent from here."""
        taken, self._results = self._results, []
        back, self._given_back = self._given_back, []
        try:
            if taken:
                await results.record(self._parts, taken, wall_clock.now())
                taken = []
            if back:
                await queue.release(self._parts, back, wall_clock.now())
                DUE.ring()
        except BaseException:
            self._results = taken + self._results
            self._given_back = back + self._given_back
            raise

    async def idle(self) -> None:
        """Until everything that was claimed has ended and is written down."""
        while self._tasks or self._results or self._given_back:
            if self._tasks:
                await asyncio.wait(set(self._tasks), return_when=asyncio.FIRST_COMPLETED)
            await self.flush()

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._claiming())
            group.create_task(self._recording())

    async def drain(self) -> None:
        """Leave nothing behind: unsent claims go back, what is on its way gets a few seconds."""
        self._given_back += self._lanes.empty()
        with suppress(TimeoutError, *away.DATABASE):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.idle()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _claiming(self) -> None:
        while True:
            ticket, began = DUE.ticket(), monotonic()
            try:
                await self.round(wall_clock.now())
            except away.DATABASE as error:
                _log.warning("sender-waits", error=type(error).__name__)
                await asyncio.sleep(0.5)
            await DUE.wait(ticket, IDLE_SECONDS)
            # At once after a quiet time, in batches otherwise.
            await asyncio.sleep(max(0.0, began + CLAIM_SECONDS - monotonic()))

    async def _recording(self) -> None:
        while True:
            await self._ended.wait()
            self._ended.clear()
            await self._gather()
            try:
                await whole(self.flush(), STEP_SECONDS)
            except away.DATABASE as error:
                _log.warning("results-wait", error=type(error).__name__, count=len(self._results))
                self._ended.set()
                await asyncio.sleep(0.5)

    async def _gather(self) -> None:
        """Let results come together: a write costs the same for one and for many."""
        with suppress(TimeoutError):
            async with asyncio.timeout(RECORD_SECONDS):
                await self._enough.wait()
        self._enough.clear()

    def _start(self, key: LaneKey) -> None:
        task = asyncio.create_task(self._work(key))
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not self._tasks:
            self._enough.set()

    async def _work(self, key: LaneKey) -> None:
        """One connection of a lane: sends until there is nothing left, or until the lane became narrower."""
        lane = self._lanes[key]
        try:
            while lane.stock and lane.busy <= lane.width:
                if not await self._send(lane, lane.stock.popleft()):
                    await asyncio.sleep(self._rest_seconds)
        finally:
            lane.busy -= 1
            if lane.wants_more():
                DUE.ring()

    async def _send(self, lane: Lane, delivery: Claimed) -> bool:
        """False when the receiver failed."""
        async with self._urgent if delivery.lane.urgent else self._normal:
            if wall_clock.now() > delivery.lease_until - queue.LEASE + FRESH:
                self._given_back += [delivery, *lane.went_stale()]
                self._ended.set()
                return True
            result = await attempt(self._poster, delivery)
        self._results.append(result)
        self._given_back += lane.turned(well=result.well)
        self._ended.set()
        if len(self._results) >= RECORD_COUNT:
            self._enough.set()
        return result.well


async def _reseal(parts: Parts) -> None:
    """Before anything is sent; while the database is away nothing could be sent anyway."""
    while True:
        try:
            await keys.reseal(parts)
            return
        except away.DATABASE as error:
            _log.warning("sender-waits", error=type(error).__name__)
            await asyncio.sleep(0.5)


async def run(parts: Parts) -> None:
    """Send until cancelled, then drain."""
    poster = poster_of(parts)
    sender = Sender(parts, poster, Width.of(parts))
    try:
        await _reseal(parts)
        await sender.run()
    finally:
        await sender.drain()
        await poster.close()
