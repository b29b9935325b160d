"""The inbox: which handler has had which event, and the events that could not be handled, waiting in order."""

from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.kafka import Envelope


async def claim(session: AsyncSession, handler: str, envelope: Envelope) -> bool:
    """Claim the event for this transaction. False when it was handled before, or now waits behind a parked one."""
    asked = {"handler": handler, "key": envelope.key, "event": envelope.id}
    found = (await session.execute(_CLAIM, asked)).one()
    if found.waits:
        await park(session, handler, envelope, "queued behind an earlier event of its key")
    return bool(found.claimed)


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


_CLAIM = text("""
WITH waiting AS (
  SELECT 1 FROM dead_letters WHERE handler = CAST(:handler AS text) AND key = :key LIMIT 1
), claimed AS (
  INSERT INTO inbox (handler, event_id) SELECT CAST(:handler AS text), CAST(:event AS uuid)
  WHERE NOT EXISTS (SELECT 1 FROM waiting) ON CONFLICT DO NOTHING RETURNING 1
)
SELECT EXISTS (SELECT 1 FROM waiting) AS waits, EXISTS (SELECT 1 FROM claimed) AS claimed
""")
_PARK = text(
    "INSERT INTO dead_letters (handler, key, event_id, partnership_id, type, topic, headers, data, cause)"
    " SELECT :handler, :key, :event, :partnership, :type, :topic, CAST(:headers AS jsonb), :data, :cause"
    " WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE handler = :handler AND event_id = :event)"
    " ON CONFLICT (handler, event_id) DO NOTHING"
)
