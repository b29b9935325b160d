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
# What was told is kept for a while: should the bus be lost, whoever had not heard it yet would never hear it.
_DROP = text("""
WITH told AS (DELETE FROM outbox WHERE seq = ANY(:published) RETURNING seq, partnership_id, topic, key, headers, data)
INSERT INTO relayed (seq, partnership_id, topic, key, headers, data) SELECT * FROM told
""")
_TELL_AGAIN = text("""
WITH kept AS (DELETE FROM relayed RETURNING seq, partnership_id, topic, key, headers, data)
INSERT INTO outbox (seq, partnership_id, topic, key, headers, data) OVERRIDING SYSTEM VALUE SELECT * FROM kept
ON CONFLICT DO NOTHING
""")


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


async def tell_again(parts: Parts) -> int:
    """After a restore, on a bus that may have lost them: tell everything once more that is still kept; how many.

    It goes in its old place in the order. Whoever has heard it before refuses it.
    """
    async with parts.worker.engine.begin() as connection:
        return (await connection.execute(_TELL_AGAIN)).rowcount


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
