"""P8: draining the outbox to the bus ÷ pipelined `send` of raw aiokafka, the same records to the same topic."""

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer

from bench import ground, harness
from bench.ground import Admin
from bench.harness import Figure, Round
from services.training.settings import TrainingSettings
from shared import relay
from shared.events import TOPICS
from shared.kafka import Producer
from shared.parts import Parts

P8: Final = Figure(
    "P8",
    "relay drain ÷ raw aiokafka pipelined send, the same records",
    "events in a second of wall time",
    must=0.7,
    aim=1.0,
    better="higher",
    by="rate",
)
EVENTS: Final = 20_000
ROUNDS: Final = 9  # wall time beside a broker and a database is restless
KEYS: Final = 200

_FILL: Final = """
INSERT INTO outbox (partnership_id, topic, key, headers, data)
SELECT gen_random_uuid(), $1, 'family-' || (n % $3), jsonb_build_object('ce_specversion', '1.0',
  'ce_id', gen_random_uuid()::text, 'ce_type', 'circle.referral.accepted.v1', 'ce_source', '/services/training',
  'ce_partnership', gen_random_uuid()::text, 'ce_organisation', gen_random_uuid()::text,
  'traceparent', repeat('0', 55), 'content-type', 'application/json'), repeat('x', 300)
FROM generate_series(1, $2) n
"""


@dataclass
class Bench:
    """The two producers and the outbox."""

    parts: Parts
    admin: Admin
    producer: Producer
    theirs: AIOKafkaProducer
    records: list[dict[str, Any]]

    async def ours(self) -> Round:
        """Our relay over a filled outbox: read, sent, acknowledged by the broker, removed."""
        await self.admin.execute(_FILL, TOPICS[2], EVENTS, KEYS)
        cpu, wall, done = time.process_time(), time.perf_counter(), 0
        while count := await relay.publish_pending(self.parts, self.producer):
            done += count
        return Round(done, time.process_time() - cpu, time.perf_counter() - wall, errors=EVENTS - done)

    async def raw(self) -> Round:
        """`send` for each record, which is ready in memory; the acknowledgements are awaited at the end."""
        topic = self.parts.settings.topic_prefix + TOPICS[2]
        cpu, wall = time.process_time(), time.perf_counter()
        await asyncio.gather(*[await self.theirs.send(topic, **record) for record in self.records])
        return Round(len(self.records), time.process_time() - cpu, time.perf_counter() - wall)


async def _records(admin: Admin) -> list[dict[str, Any]]:
    """The records that our arm sends, as bytes."""
    await admin.execute(_FILL, TOPICS[2], EVENTS, KEYS)
    rows = await admin.fetch("DELETE FROM outbox RETURNING key, headers, data")
    return [
        {
            "key": row["key"].encode(),
            "value": row["data"].encode(),
            "headers": [(name, value.encode()) for name, value in orjson.loads(row["headers"]).items()],
        }
        for row in rows
    ]


async def measure(environment: dict[str, str], admin_dsn: str, database: str) -> None:
    """Interleave both in one event loop; wall time decides, because a part of the relay's work is the database's."""
    with mock.patch.dict(os.environ, environment):
        settings = TrainingSettings()
    parts, producer = Parts.of(settings), Producer(settings)
    theirs = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True)
    admin = await asyncpg.connect(admin_dsn, database=database)
    await producer.start()
    await theirs.start()
    try:
        bench = Bench(parts, admin, producer, theirs, await _records(admin))
        loop = asyncio.get_running_loop()
        arms = ground.arm(loop, bench.ours), ground.arm(loop, bench.raw)
        await asyncio.to_thread(harness.compare, P8, *arms, rounds=ROUNDS, events=EVENTS)
    finally:
        await producer.stop()
        await theirs.stop()
        await admin.close()
        await parts.close()


def main() -> None:
    stack = ground.stack()
    asyncio.run(measure(stack.environment_of("training"), stack.admin_dsn, stack.database("training")))


if __name__ == "__main__":
    main()
