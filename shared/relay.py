"""The relay: takes what is in the outbox to the bus, in order per key, by one leader per service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import text

from shared import away, logging, telemetry
from shared.floor import Floor
from shared.kafka import Away, Producer
from shared.parts import Parts

BATCH = 500
IDLE_SECONDS = 0.5
SHORTEST_SECONDS = 0.025
# So far apart are two messages to other processes: a busy relay looks by itself.
TELL_SECONDS = 0.02
_log = logging.get("relay")

# The lock is the connection's: a leader that dies gives it up. Unpublished rows are looked for, never "after the last
# one", because transactions commit out of order. Each statement is one round trip to the driver's own connection.
_LEAD = text("SELECT pg_try_advisory_lock(hashtextextended('circle-relay', 3))")
_LEAVE = text("SELECT pg_advisory_unlock(hashtextextended('circle-relay', 3))")
# What is on its way to the bus meanwhile ($3) is still there.
_TAKE = "SELECT seq, topic, key, headers, data FROM outbox WHERE seq >= $2 AND seq <> ALL($3) ORDER BY seq LIMIT $1"
# What was told is kept for a while: should the bus be lost, whoever had not heard it yet would never hear it.
_DROP = """
WITH told AS (DELETE FROM outbox WHERE seq = ANY($1) RETURNING seq, partnership_id, topic, key, headers, data)
INSERT INTO relayed (seq, partnership_id, topic, key, headers, data) SELECT * FROM told
"""
_TELL_AGAIN = text("""
WITH kept AS (DELETE FROM relayed RETURNING seq, partnership_id, topic, key, headers, data)
INSERT INTO outbox (seq, partnership_id, topic, key, headers, data) OVERRIDING SYSTEM VALUE SELECT * FROM kept
ON CONFLICT DO NOTHING
""")
# In a transaction of its own, which nobody waits for: inside the business transaction it would line up every commit.
_TELL = text("SELECT set_config('synchronous_commit', 'off', true), pg_notify('circle_outbox', '')")
# The driver's connection beneath SQLAlchemy.
Leader = Any


@asynccontextmanager
async def leading(parts: Parts) -> AsyncIterator[Leader | None]:
    """The connection of this service's one relay; None while another process is that."""
    async with parts.worker.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        try:
            leads = (await connection.execute(_LEAD)).scalar_one()
            yield (await connection.get_raw_connection()).driver_connection if leads else None
            if leads:
                await connection.execute(_LEAVE)
        except BaseException as error:
            await connection.invalidate()
            if isinstance(error, away.CONNECTING):
                # It came from the driver itself: the pool does not know yet that its other connections are gone too.
                await parts.worker.engine.dispose()
            raise


async def publish_pending(parts: Parts, producer: Producer, floor: Floor | None = None) -> int:
    """Publish what waits, and remove it; how many events that were. A crash in between publishes again, never loses."""
    async with leading(parts) as leader:
        return 0 if leader is None else await _publish(parts, producer, leader, floor or Floor())


async def _publish(parts: Parts, producer: Producer, leader: Leader, floor: Floor) -> int:
    """Batch after batch, until there is none; of a backlog the next is read while one is on its way to the bus."""
    told, rows, count = list[int](), await _take(leader, floor, []), 0
    while rows:
        sending = [row["seq"] for row in rows]
        ahead = asyncio.create_task(_drop_and_take(leader, floor, told, sending))
        try:
            await producer.publish(rows)
        finally:
            rows = await ahead
        told = sending
        count += len(told)
        telemetry.PUBLISHED.labels(parts.settings.service).inc(len(told))
    if told:
        await leader.execute(_DROP, told)
    return count


async def _drop_and_take(leader: Leader, floor: Floor, told: list[int], sending: list[int]) -> list[Any]:
    """Remove what was told before; what comes after a batch that is being sent, unless that was the last one."""
    if told:
        await leader.execute(_DROP, told)
    return await _take(leader, floor, sending) if len(sending) == BATCH else []


async def _take(leader: Leader, floor: Floor, sending: list[int]) -> list[Any]:
    await floor.look(leader)
    rows: list[Any] = await leader.fetch(_TAKE, BATCH, floor.number, sending)
    floor.taken([row["seq"] for row in rows])
    return rows


async def tell_again(parts: Parts) -> int:
    """After a restore, on a bus that may have lost them: tell everything once more that is still kept; how many.

    It goes in its old place in the order. Whoever has heard it before refuses it.
    """
    async with parts.worker.engine.begin() as connection:
        return (await connection.execute(_TELL_AGAIN)).rowcount


async def run(parts: Parts) -> None:
    """Relay until cancelled."""
    while True:
        producer = Producer(parts.settings)
        try:
            await producer.start()
            while True:
                async with leading(parts) as leader:
                    if leader is not None:
                        await _lead(parts, producer, leader)
                await asyncio.sleep(IDLE_SECONDS)
        except (*Away, *away.DATABASE) as error:
            _log.warning("relay-waits", error=type(error).__name__)
            await asyncio.sleep(0.5)
        finally:
            with suppress(*Away):
                await producer.stop()


async def _lead(parts: Parts, producer: Producer, leader: Leader) -> None:
    """Publish what comes; woken after a commit, here or elsewhere, otherwise by a poll that slows down when idle."""
    await leader.add_listener("circle_outbox", lambda *_: parts.poke.set())
    pause, floor = SHORTEST_SECONDS, Floor()
    while True:
        parts.poke.clear()
        count = await _publish(parts, producer, leader, floor)
        pause = SHORTEST_SECONDS if count else min(pause * 2, IDLE_SECONDS)
        # Not `wait_for`: before Python 3.12 that loses a cancellation that comes together with the poke.
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await parts.poke.wait()


async def tell_others(parts: Parts) -> None:
    """Where the relay is another process: tell it, until cancelled, that something was committed here.

    It may be told in vain or not at all, because it looks anyway.
    """
    while True:
        await parts.poke.wait()
        parts.poke.clear()
        with suppress(*away.DATABASE):
            async with parts.app.engine.begin() as connection:
                await connection.execute(_TELL)
        await asyncio.sleep(TELL_SECONDS)
