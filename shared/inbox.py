"""The inbox: which handler has had which event, and the events that could not be handled, waiting in order."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.fragments import GIVES_WAY
from shared.kafka import Envelope


async def claim(session: AsyncSession, wanted: Sequence[tuple[str, Envelope]]) -> list[bool]:
    """Claim (handler, event) each for this transaction, no pair twice; from then on it gives way to requests.

    False for one that was handled before, and for one that now waits behind a parked event of its key.
    """
    asked = (
        [handler for handler, _ in wanted],
        [envelope.key for _, envelope in wanted],
        [envelope.id for _, envelope in wanted],
    )
    # In the driver's own words: what SQLAlchemy would make of it costs as much as the claim itself.
    rows = (await (await session.connection()).exec_driver_sql(_CLAIM, asked)).all()
    for row in rows:
        if row.waits:
            handler, envelope = wanted[row.place - 1]
            await park(session, handler, envelope, "queued behind an earlier event of its key")
    return [bool(row.claimed) for row in rows]


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


# One look at the index for each, however many are parked.
_CLAIM = f"""
WITH asked AS (
  SELECT a.*, EXISTS (SELECT 1 FROM dead_letters d WHERE d.handler = a.handler AND d.key = a.key OFFSET 0) AS waits
  FROM unnest($1::text[], $2::text[], $3::uuid[]) WITH ORDINALITY
    AS a(handler, key, event_id, place)
), claimed AS (
  INSERT INTO inbox (handler, event_id) SELECT handler, event_id FROM asked WHERE NOT waits
  ON CONFLICT DO NOTHING RETURNING handler, event_id
)
SELECT a.place, a.waits, c.event_id IS NOT NULL AS claimed, {GIVES_WAY}
FROM asked a LEFT JOIN claimed c ON c.handler = a.handler AND c.event_id = a.event_id ORDER BY a.place
"""  # noqa: S608 - our own words
_PARK = text(
    "INSERT INTO dead_letters (handler, key, event_id, partnership_id, type, topic, headers, data, cause)"
    " SELECT :handler, :key, :event, :partnership, :type, :topic, CAST(:headers AS jsonb), :data, :cause"
    " WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE handler = :handler AND event_id = :event)"
    " ON CONFLICT (handler, event_id) DO NOTHING"
)
