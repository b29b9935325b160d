"""P8: draining the outbox to the bus ÷ pipelined `send` of raw aiokafka, the same records to the same topic."""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

import asyncpg
from aiokafka import AIOKafkaProducer

from bench import harness
from bench.harness import Round
from deploy.local import bed
from services.training.settings import TrainingSettings
from shared import relay
from shared.events import TOPICS
from shared.ids import new_id
from shared.kafka import Producer
from shared.parts import Parts

EVENTS = 5_000
KEYS = 200

_FILL = """
INSERT INTO outbox (partnership_id, topic, key, headers, data)
SELECT gen_random_uuid(), $1, 'family-' || (n % $3), jsonb_build_object('ce_specversion', '1.0',
  'ce_id', gen_random_uuid()::text, 'ce_type', 'circle.referral.accepted.v1', 'ce_source', '/services/training',
  'ce_partnership', gen_random_uuid()::text, 'ce_organisation', gen_random_uuid()::text,
  'traceparent', repeat('0', 55), 'content-type', 'application/json'), repeat('x', 300)
FROM generate_series(1, $2) n
"""


async def drain(parts: Parts, producer: Producer, admin: "asyncpg.Connection[asyncpg.Record]") -> Round:
    """Our relay over a filled outbox."""
    await admin.execute(_FILL, TOPICS[2], EVENTS, KEYS)
    cpu, wall, done = time.process_time(), time.perf_counter(), 0
    while count := await relay.publish_pending(parts, producer):
        done += count
    return Round(done, time.process_time() - cpu, time.perf_counter() - wall, errors=EVENTS - done)


async def raw(producer: AIOKafkaProducer, topic: str) -> Round:
    """Raw `send`, awaited at the end."""
    names = [f"ce_{n}" for n in range(8)]
    rows = [(f"family-{n % KEYS}".encode(), b"x" * 300) for n in range(EVENTS)]
    headers = [(name, str(new_id()).encode()) for name in names]
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*[await producer.send(topic, key=key, value=value, headers=headers) for key, value in rows])
    return Round(EVENTS, time.process_time() - cpu, time.perf_counter() - wall)


async def measure(environment: dict[str, str], admin_dsn: str, database: str) -> None:
    """Interleave both in one event loop; wall time decides, because a part of the relay's work is the database's."""
    with mock.patch.dict(os.environ, environment):
        settings = TrainingSettings()
    parts, ours = Parts.of(settings), Producer(settings)
    theirs = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True)
    admin = await asyncpg.connect(admin_dsn, database=database)
    await ours.start()
    await theirs.start()
    loop = asyncio.get_running_loop()
    topic = settings.topic_prefix + TOPICS[2]
    try:
        await _arms(loop, lambda: drain(parts, ours, admin), lambda: raw(theirs, topic))
    finally:
        await ours.stop()
        await theirs.stop()
        await admin.close()
        await parts.close()


async def _arms(loop: asyncio.AbstractEventLoop, ours: Any, baseline: Any) -> None:
    def blocking(arm: Any) -> harness.Arm:
        return lambda: asyncio.run_coroutine_threadsafe(arm(), loop).result()

    measured = await asyncio.to_thread(harness.interleave, {"ours": blocking(ours), "baseline": blocking(baseline)})
    mine, theirs = measured["ours"], measured["baseline"]
    ratio = mine.per_second / theirs.per_second
    harness.say(
        figure="P8 relay drain ÷ raw aiokafka send",
        unit="events in a second of wall time",
        ours=mine.as_dict(),
        baseline=theirs.as_dict(),
        ratio=round(ratio, 2),
        cpu_ratio=round(theirs.cpu_us / mine.cpu_us, 2),
        floor=0.5,
        aim=1.0,
        met=ratio >= 0.5,
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = bed.open_stack(Path(folder), os.getpid(), "bench")
        asyncio.run(measure(stack.environment_of("training"), stack.admin_dsn, stack.database("training")))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
