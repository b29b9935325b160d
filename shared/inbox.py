"""The inbox: which handler has had which event, and the events that could not be handled, waiting in order."""

from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.kafka import Envelope


async def claim(session: AsyncSession, handler: str, envelope: Envelope) -> bool:
    """Claim the event for this transaction. False when it was handled before, or now waits behind a parked one."""
    if (await session.execute(_WAITING, {"handler": handler, "key": envelope.key})).first() is not None:
        await park(session, handler, envelope, "queued behind an earlier event of its key")
        return False
    claimed = await session.execute(_CLAIM, {"handler": handler, "event": envelope.id})
    return claimed.first() is not None


async def park(session: AsyncSession, handler: str, envelope: Envelope, cause: str) -> None:
    """Keep the event in the dead-letter table, once, with its cause; never the error's text, which may hold data."""
    row: dict[str, Any] = {
        "handler": handler,
        "key": envelope.key,
        "event": envelope.id,
        "partnership": envelope.partnership,
        "type": envelope.type,
        "topic": envelope.topic,
        "headers": orjson.dumps(dict(envelope.headers)).decode(),
        "data": envelope.data,
        "cause": cause,
    }
    await session.execute(_PARK, row)


_WAITING = text("SELECT 1 FROM dead_letters WHERE handler = :handler AND key = :key LIMIT 1")
_CLAIM = text("INSERT INTO inbox (handler, event_id) VALUES (:handler, :event) ON CONFLICT DO NOTHING RETURNING 1")
_PARK = text(
    "INSERT INTO dead_letters (handler, key, event_id, partnership_id, type, topic, headers, data, cause)"
    " SELECT :handler, :key, :event, :partnership, :type, :topic, CAST(:headers AS jsonb), :data, :cause"
    " WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE handler = :handler AND event_id = :event)"
    " ON CONFLICT (handler, event_id) DO NOTHING"
)
