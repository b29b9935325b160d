"""P12: how soon healthy receivers get an event while a tenth of all hang, and how soon after its commit it is tried."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from unittest import mock
from uuid import UUID

import asyncpg
import uvloop

from bench import ground, harness
from bench.ground import Admin
from bench.harness import Figure, Round
from gateway import handlers
from gateway.settings import GatewaySettings
from gateway.webhooks import keys, sender, signing
from services.training.settings import TrainingSettings
from shared import consumer, outbox, relay
from shared.consumer import partnership_work
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.parts import Parts
from shared.settings import Settings

P12: Final = Figure(
    "P12", "healthy endpoints' p99 with 10% hanging ÷ all healthy", "ms, commit → delivered", 1.5, 1.1, by="latency"
)
FIRST: Final = Figure("P12", "commit → first attempt p99", "ms", must=100.0, aim=50.0)
ENDPOINTS: Final = 20
HANGING: Final = 2
RATE: Final = 15
EVENTS: Final = 45
_PATIENCE: Final = 20.0

_ENDPOINT: Final = """
INSERT INTO webhook_endpoints (id, partnership_id, version, organisation_id, url, description, event_types, state,
  secret, created_at)
VALUES ($1, $2, 1, $3, $4, '', '{*}', 'enabled', $5, now())
"""
_ATTEMPTS: Final = """
SELECT event_id, started_at, started_at + make_interval(secs => duration_ms / 1000.0) AS ended_at
FROM attempts WHERE endpoint_id = ANY($1) AND event_id = ANY($2) AND outcome = 'ok'
"""
_COUNT: Final = "SELECT count(*) FROM attempts WHERE endpoint_id = ANY($1) AND event_id = ANY($2) AND outcome = 'ok'"


@dataclass
class Bench:
    """A service that tells, and the gateway's worker; its relay, consumer and sender run through all rounds."""

    teller: Parts
    parts: Parts
    admin: Admin
    base: str
    # The 99th percentile of each round in which all are healthy; the first round does not count.
    first: list[float] = field(default_factory=list)

    async def _endpoints(self, partnership: UUID, organisation: UUID, hanging: int) -> list[UUID]:
        """Fresh endpoints, the healthy ones returned."""
        await self.admin.execute("DELETE FROM webhook_endpoints")
        async with self.parts.app.transaction(partnership_work(self.parts, partnership, "bench")) as session:
            ring = await keys.made(session, self.parts.ring)
        made = [new_id() for _ in range(ENDPOINTS)]
        for number, endpoint in enumerate(made):
            url = self.base + ("/hang" if number < hanging else "/hook")
            secret = signing.seal(ring, endpoint, signing.new_secret())
            await self.admin.execute(_ENDPOINT, endpoint, partnership, organisation, url, secret)
        return made[hanging:]

    async def round(self, hanging: int) -> Round:
        """A constant stream of events to all endpoints; the healthy ones are watched."""
        partnership, organisation = new_id(), new_id()
        await self.admin.execute("TRUNCATE attempts, deliveries, feed_waiting, feed")
        healthy = await self._endpoints(partnership, organisation, hanging)
        committed: dict[UUID, datetime] = {}
        began, cpu = time.perf_counter() + 0.01, time.process_time()
        async with asyncio.TaskGroup() as group:
            for number in range(EVENTS):
                await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
                group.create_task(self._tell(partnership, organisation, committed))
        rows = await self._delivered(healthy, list(committed))
        used, wall = time.process_time() - cpu, time.perf_counter() - began
        late = sorted((row["ended_at"] - committed[row["event_id"]]).total_seconds() for row in rows)
        if not hanging:
            waits = [(row["started_at"] - committed[row["event_id"]]).total_seconds() for row in rows]
            self.first.append(_p99(waits))
        return Round(len(rows), used, wall, errors=len(healthy) * EVENTS - len(rows), latency=_p99(late))

    async def _tell(self, partnership: UUID, organisation: UUID, committed: dict[UUID, datetime]) -> None:
        """A transaction of a service with one event; the clock starts when its commit has returned."""
        work = partnership_work(self.teller, partnership, "bench")
        event = InductionStarted(volunteer=new_id(), induction=new_id())
        async with self.teller.app.open(work) as session:
            outbox.add(session, event, audience=[organisation])
            told = UUID(str(work.pending.events[-1]["headers"]["ce_id"]))
            await self.teller.app.commit(session)
            committed[told] = datetime.now(UTC)
            self.teller.poke.set()

    async def _delivered(self, healthy: list[UUID], told: list[UUID]) -> list[asyncpg.Record]:
        """Of what this round told: that an endpoint is given up is told as well, and is not counted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                # Counted, not fetched, while it goes on: this is the loop in which everything runs.
                while await self.admin.fetchval(_COUNT, healthy, told) < len(healthy) * EVENTS:  # noqa: ASYNC110 - in a database
                    await asyncio.sleep(0.2)
        rows: list[asyncpg.Record] = await self.admin.fetch(_ATTEMPTS, healthy, told)
        return rows


def _p99(values: list[float]) -> float:
    return max(sorted(values)[int(len(values) * 0.99)], 1e-6) if values else 0.0


async def measure(gateway: Settings, training: Settings, dsn: str, database: str, base: str) -> None:
    """Rounds with and without receivers that hang, in turn, and the time to the first attempt of those without."""
    teller, parts, admin = Parts.of(training), Parts.of(gateway), await asyncpg.connect(dsn, database=database)
    bench, loop = Bench(teller, parts, admin, base), asyncio.get_running_loop()
    running = [relay.run(teller), consumer.run(parts, handlers.register()), sender.run(parts)]
    tasks = [asyncio.create_task(one) for one in running]
    try:
        arms = (ground.arm(loop, lambda: bench.round(HANGING)), ground.arm(loop, lambda: bench.round(0)))
        await asyncio.to_thread(harness.compare, P12, *arms, key="hanging", endpoints=ENDPOINTS, hanging=HANGING)
        harness.value(FIRST, statistics.median(bench.first[1:]) * 1e3, key="first attempt", rounds=len(bench.first) - 1)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await admin.close()
        await parts.close()
        await teller.close()


def main() -> None:
    sink = subprocess.Popen([sys.executable, "-m", "bench.webhook_sink"], stdout=subprocess.PIPE, text=True)
    assert sink.stdout is not None
    base = f"http://127.0.0.1:{int(sink.stdout.readline())}"
    try:
        stack = ground.stack()
        environment = stack.environment_of("gateway") | {"CIRCLE_WEBHOOK_TIMEOUT_SECONDS": "2"}
        with mock.patch.dict(os.environ, environment):
            gateway = GatewaySettings()
        with mock.patch.dict(os.environ, stack.environment_of("training")):
            training = TrainingSettings()
        uvloop.run(measure(gateway, training, stack.admin_dsn, stack.database("gateway"), base))
    finally:
        sink.terminate()
        sink.wait()


if __name__ == "__main__":
    main()
