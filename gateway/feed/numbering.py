"""The numberer: gives committed events their place in the feed, one leader at a time, gapless per partnership."""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from gateway.feed.bell import NUMBERED, STORED
from shared import away, logging
from shared.consumer import partnership_work
from shared.parts import Parts

BATCH: Final = 2000
IDLE_SECONDS: Final = 0.25
# How long a case's event waits until everybody in its audience is known here to have access: the two facts come by
# different topics. Then it is numbered anyway; a reader's cursor may pass it while it is hidden from them.
PATIENCE: Final = timedelta(seconds=10)
PATIENCE_FOR_UNKNOWN_CASES: Final = timedelta(days=1)
_log = logging.get("feed")


async def number_waiting(parts: Parts, now: datetime | None = None) -> int:
    """Number what is ready, in every partnership; how many events that were. `now` is for who asks of another time."""
    async with parts.worker.engine.connect() as connection:
        partnerships = (await connection.execute(_PARTNERSHIPS)).scalars().all()
    return sum([await _number(parts, partnership, now) for partnership in partnerships])


async def _number(parts: Parts, partnership: UUID, now: datetime | None) -> int:
    work = partnership_work(parts, partnership, "feed")
    at = now or work.now
    row = {"partnership": partnership, "known": at - PATIENCE, "unknown": at - PATIENCE_FOR_UNKNOWN_CASES}
    async with parts.worker.transaction(work) as session:
        if not (await session.execute(_LEAD, {"partnership": str(partnership)})).scalar_one():
            return 0
        count = len((await session.execute(_NUMBER, {**row, "batch": BATCH})).all())
    if count:
        NUMBERED.ring()
    return count


async def run(parts: Parts) -> None:
    """Number until cancelled, woken when an event was stored here, otherwise by a poll."""
    while True:
        ticket = STORED.ticket()
        try:
            count = await number_waiting(parts)
        except away.DATABASE as error:
            _log.warning("numbering-waits", error=type(error).__name__)
            count = 0
            await asyncio.sleep(0.5)
        if not count:
            await STORED.wait(ticket, IDLE_SECONDS)


_PARTNERSHIPS = text("SELECT DISTINCT partnership_id FROM feed_waiting")
# The lock is the transaction's: a leader that dies gives it up. A reader sees numbers only up to the counter, and both
# change in one transaction, so no reader ever passes a number that comes later.
_LEAD = text("SELECT pg_try_advisory_xact_lock(hashtextextended('circle-feed|' || CAST(:partnership AS text), 4))")
_NUMBER = text("""
WITH waiting AS (
  SELECT w.seq, w.event_id, coalesce(f.family_id, f.id) AS subject,
    f.family_id IS NULL OR f.stored_at < :unknown
    OR (f.stored_at < :known AND EXISTS (SELECT 1 FROM case_access_revisions r WHERE r.family_id = f.family_id))
    OR NOT EXISTS (SELECT 1 FROM unnest(f.audience) AS one(organisation) WHERE NOT EXISTS (
      SELECT 1 FROM case_access a WHERE a.family_id = f.family_id AND a.organisation_id = one.organisation
        AND (f.parts IS NULL OR a.part = ANY(f.parts)))) AS ready
  FROM feed_waiting w JOIN feed f ON f.id = w.event_id
  WHERE w.partnership_id = :partnership
), ready AS (
  SELECT event_id, row_number() OVER (ORDER BY seq) AS place FROM (
    SELECT seq, event_id, bool_and(ready) OVER (PARTITION BY subject ORDER BY seq) AS in_turn FROM waiting
  ) AS ordered WHERE in_turn ORDER BY seq LIMIT :batch
), counter AS (
  INSERT INTO feed_counters AS c (partnership_id, last)
  SELECT :partnership, count(*) FROM ready HAVING count(*) > 0
  ON CONFLICT (partnership_id) DO UPDATE SET last = c.last + excluded.last
  RETURNING last
), numbered AS (
  UPDATE feed f SET number = counter.last - (SELECT count(*) FROM ready) + ready.place
  FROM ready, counter WHERE f.id = ready.event_id
)
DELETE FROM feed_waiting w USING ready WHERE w.event_id = ready.event_id RETURNING w.event_id
""")
