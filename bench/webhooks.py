"""P11: stored, signed, recorded webhook deliveries ÷ bare aiohttp posts of the same bytes to the same receiver."""

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final
from unittest import mock

import aiohttp
import asyncpg
import uvloop

from bench import ground, harness
from bench.ground import Admin
from bench.harness import Figure, Round
from gateway.feed.bell import DUE
from gateway.settings import GatewaySettings
from gateway.webhooks import keys, signing
from gateway.webhooks.sender import Sender, Width, poster_of
from shared.consumer import partnership_work
from shared.ids import new_id
from shared.parts import Parts

P11: Final = Figure(
    "P11",
    "durable, signed, isolated webhooks ÷ bare aiohttp posts",
    "deliveries in a second of wall time, stored beforehand",
    must=0.4,
    aim=1.0,
    better="higher",
    by="rate",
)
ENDPOINTS: Final = 5
EVENTS: Final = 1_200
BODY: Final = 600

_ENDPOINT = """
INSERT INTO webhook_endpoints (id, partnership_id, version, organisation_id, url, description, event_types, state,
  secret, created_at)
VALUES ($1, $2, 1, $3, $4, '', '{*}', 'enabled', $5, now())
"""
_EVENTS = """
INSERT INTO feed (id, partnership_id, type, audience, document, happened_at, stored_at)
SELECT gen_random_uuid(), $1, 'circle.volunteer.applied.v1', ARRAY[$2::uuid], repeat('x', $4), now(), now()
FROM generate_series(1, $3) n
"""
_DELIVERIES = """
INSERT INTO deliveries (endpoint_id, event_id, partnership_id, organisation_id, event_type, urgent, state, queued_at,
  due_at)
SELECT e.id, f.id, f.partnership_id, e.organisation_id, f.type, false, 'pending', now(), now()
FROM feed f JOIN webhook_endpoints e USING (partnership_id) WHERE f.partnership_id = $1
"""
_LEFT = "SELECT count(*) FROM deliveries WHERE state <> 'delivered'"


@dataclass
class Bench:
    """What both arms use."""

    parts: Parts
    admin: Admin
    url: str

    async def stored(self) -> int:
        """A fresh partnership whose deliveries were stored as the consumer would have; how many."""
        partnership, organisation = new_id(), new_id()
        await self.admin.execute("TRUNCATE attempts, deliveries, feed_waiting, webhook_endpoints, feed")
        async with self.parts.app.transaction(partnership_work(self.parts, partnership, "bench")) as session:
            ring = await keys.made(session, self.parts.ring)
        for _ in range(ENDPOINTS):
            endpoint = new_id()
            secret = signing.seal(ring, endpoint, signing.new_secret())
            await self.admin.execute(_ENDPOINT, endpoint, partnership, organisation, self.url, secret)
        await self.admin.execute(_EVENTS, partnership, organisation, EVENTS, BODY)
        await self.admin.execute(_DELIVERIES, partnership)
        await self.admin.execute("ANALYZE deliveries, feed, webhook_endpoints")
        return ENDPOINTS * EVENTS

    async def ours(self) -> Round:
        """Claimed under a lease, access checked, signed, sent, recorded: until the database says delivered."""
        count = await self.stored()
        poster = poster_of(self.parts)
        sender = Sender(self.parts, poster, Width.of(self.parts))
        cpu, wall = time.process_time(), time.perf_counter()
        task = asyncio.create_task(sender.run())
        DUE.ring()
        while await self.admin.fetchval(_LEFT) and time.perf_counter() - wall < 60:  # noqa: ASYNC110 - only the database knows when it is done
            await asyncio.sleep(0.02)
        result = Round(count, time.process_time() - cpu, time.perf_counter() - wall, await self.admin.fetchval(_LEFT))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sender.drain()
        await poster.close()
        return result

    async def bare(self) -> Round:
        """The same number of posts over as many connections, nothing stored, nothing signed."""
        left, errors = iter(range(ENDPOINTS * EVENTS)), 0
        body, width = b"x" * BODY, ENDPOINTS * Width.of(self.parts).per_endpoint

        async def post(client: aiohttp.ClientSession) -> None:
            nonlocal errors
            for _ in left:
                async with client.post(self.url, data=body, headers={"Content-Type": "application/json"}) as answer:
                    errors += answer.status != 204

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
            cpu, wall = time.process_time(), time.perf_counter()
            await asyncio.gather(*(post(client) for _ in range(width)))
            return Round(ENDPOINTS * EVENTS, time.process_time() - cpu, time.perf_counter() - wall, errors)


async def measure(environment: dict[str, str], admin_dsn: str, database: str, url: str) -> None:
    """Interleave both in one event loop; wall time decides, because a part of our work is the database's."""
    with mock.patch.dict(os.environ, environment):
        settings = GatewaySettings()
    loop = asyncio.get_running_loop()
    parts, admin = Parts.of(settings), await asyncpg.connect(admin_dsn, database=database)
    bench = Bench(parts, admin, url)
    try:
        arms = ground.arm(loop, bench.ours), ground.arm(loop, bench.bare)
        await asyncio.to_thread(harness.compare, P11, *arms, endpoints=ENDPOINTS, deliveries=ENDPOINTS * EVENTS)
    finally:
        await admin.close()
        await parts.close()


def main() -> None:
    sink = subprocess.Popen([sys.executable, "-m", "bench.webhook_sink"], stdout=subprocess.PIPE, text=True)
    assert sink.stdout is not None
    url = f"http://127.0.0.1:{int(sink.stdout.readline())}/hook"
    try:
        stack = ground.stack()
        uvloop.run(measure(stack.environment_of("gateway"), stack.admin_dsn, stack.database("gateway"), url))
    finally:
        sink.terminate()
        sink.wait()


if __name__ == "__main__":
    main()
