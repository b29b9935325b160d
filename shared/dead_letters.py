"""Dead letters: shown, and replayed in order once their cause is mended."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from shared import consumer
from shared.consumer import Handlers
from shared.kafka import Envelope
from shared.parts import Parts


async def listing(parts: Parts) -> list[dict[str, Any]]:
    """Every parked event: handler, key, type, cause, since when; oldest first. No body."""
    async with parts.worker.engine.connect() as connection:
        rows = await connection.execute(_LIST)
        return [dict(row) for row in rows.mappings()]


async def replay(parts: Parts, handlers: Handlers) -> tuple[int, int]:
    """Handle parked events in order per handler and key; (done, still parked). A key stops at its first failure."""
    done, blocked = 0, set[tuple[str, str]]()
    # Again until nothing moves: while one is replayed, later events of its key still queue up behind it.
    while step := await _replay_all(parts, handlers, blocked):
        done += step
    return done, len(await _waiting(parts))


async def _waiting(parts: Parts) -> Sequence[Row[Any]]:
    async with parts.worker.engine.connect() as connection:
        return (await connection.execute(_ALL)).all()


async def _replay_all(parts: Parts, handlers: Handlers, blocked: set[tuple[str, str]]) -> int:
    done = 0
    for row in await _waiting(parts):
        if (row.handler, row.key) in blocked:
            continue
        envelope = Envelope.of(row.topic, row.key, row.headers, row.data)
        known = dict(handlers.of(envelope))
        try:
            async with parts.worker.transaction(consumer.work_for(parts, row.handler, envelope)) as session:
                await session.execute(_DROP, {"seq": row.seq})
                claimed = await session.execute(_CLAIM, {"handler": row.handler, "event": row.event_id})
                if claimed.first() is not None:
                    await consumer.act(session, row.handler, known[row.handler], envelope)
            done += 1
        except Exception:  # noqa: BLE001 - whatever it is, the key stays parked and the next key goes on
            blocked.add((row.handler, row.key))
    return done


_LIST = text("SELECT seq, handler, key, event_id, type, cause, parked_at FROM dead_letters ORDER BY seq")
_ALL = text("SELECT seq, handler, key, event_id, topic, headers, data FROM dead_letters ORDER BY seq")
_DROP = text("DELETE FROM dead_letters WHERE seq = :seq")
_CLAIM = text("INSERT INTO inbox (handler, event_id) VALUES (:handler, :event) ON CONFLICT DO NOTHING RETURNING 1")
