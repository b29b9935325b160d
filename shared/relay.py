"""The relay: takes what is in the outbox to the bus, in order per key, by one leader per service."""

import asyncio
from contextlib import suppress

from sqlalchemy import text

from shared import away, logging, telemetry
from shared.kafka import Away, Producer
from shared.parts import Parts

BATCH = 500
IDLE_SECONDS = 0.25
SHORTEST_SECONDS = 0.025
_log = logging.get("relay")

# The lock is the transaction's: a leader that dies gives it up. Unpublished rows are looked for, never "after the last
# one", because transactions commit out of order.
_LEAD = text("SELECT pg_try_advisory_xact_lock(hashtextextended('circle-relay', 3))")
_TAKE = text("SELECT seq, topic, key, headers, data FROM outbox ORDER BY seq LIMIT :batch")
_DROP = text("DELETE FROM outbox WHERE seq = ANY(:published)")


async def publish_pending(parts: Parts, producer: Producer) -> int:
    """Publish one batch and remove it; how many events that were. A crash in between publishes again, never loses."""
    async with parts.worker.engine.begin() as connection:
        if not (await connection.execute(_LEAD)).scalar_one():
            return 0
        rows = (await connection.execute(_TAKE, {"batch": BATCH})).all()
        if not rows:
            return 0
        await producer.publish(rows)
        await connection.execute(_DROP, {"published": [row.seq for row in rows]})
    telemetry.PUBLISHED.labels(parts.settings.service).inc(len(rows))
    return len(rows)


async def run(parts: Parts) -> None:
    """Relay until cancelled; woken by the poke after a commit, otherwise by a poll that slows down when idle."""
    pause = SHORTEST_SECONDS
    while True:
        producer = Producer(parts.settings)
        try:
            await producer.start()
            while True:
                parts.poke.clear()
                count = await publish_pending(parts, producer)
                pause = SHORTEST_SECONDS if count else min(pause * 2, IDLE_SECONDS)
                if count < BATCH:
                    # Not `wait_for`: before Python 3.12 that loses a cancellation that comes together with the poke.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await parts.poke.wait()
        except (*Away, *away.DATABASE) as error:
            _log.warning("relay-waits", error=type(error).__name__)
            await asyncio.sleep(0.5)
        finally:
            with suppress(*Away):
                await producer.stop()
