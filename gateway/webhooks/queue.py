"""The sender's side of the database: what is due, claims with a lease, and results, each in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.webhooks import signing
from gateway.webhooks.domain import patience
from shared.consumer import partnership_work
from shared.crypto import KeyRing
from shared.parts import Parts

# Longer than an attempt can take: whoever claimed and died gave it back when this is over.
LEASE: Final = timedelta(seconds=60)
SHORTEST_PATIENCE: Final = timedelta(seconds=1)
LONGEST_PATIENCE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LaneKey:
    """Deliveries of one endpoint that wait for each other: concerns never wait for the rest."""

    endpoint: UUID
    urgent: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may send until its lease ends; access was checked as it was claimed."""

    partnership: UUID
    organisation: UUID
    lane: LaneKey
    event: UUID
    tries: int
    url: str
    body: bytes
    secrets: tuple[bytes, ...]
    lease_until: datetime


async def due_lanes(parts: Parts, now: datetime) -> dict[UUID, list[LaneKey]]:
    """By partnership, the lanes in which something is due."""
    async with parts.worker.engine.connect() as connection:
        rows = await connection.execute(_DUE, {"now": now})
        found: dict[UUID, list[LaneKey]] = {}
        for row in rows:
            found.setdefault(row.partnership_id, []).append(LaneKey(row.endpoint_id, row.urgent))
        return found


async def claim(parts: Parts, partnership: UUID, room: Mapping[LaneKey, int], now: datetime) -> list[Claimed]:
    """Claim up to so many due deliveries for each lane. Those whose access is gone are withheld, here and now."""
    row = {
        "endpoints": [lane.endpoint for lane in room],
        "urgents": [lane.urgent for lane in room],
        "rooms": list(room.values()),
        "now": now,
        "lease": now + LEASE,
    }
    async with parts.worker.transaction(partnership_work(parts, partnership, "webhooks")) as session:
        rows = (await session.execute(_CLAIM, row)).all()
        await _without_access(session, [row for row in rows if not row.allowed], now)
    return [_claimed(parts.ring, row, now) for row in rows if row.allowed]


async def claim_again(parts: Parts, delivery: Claimed, now: datetime) -> Claimed | None:
    """Ask once more right before a delivery that had to wait: None when it is no longer ours to send."""
    row = {
        "endpoint": delivery.lane.endpoint,
        "event": delivery.event,
        "before": delivery.lease_until,
        "now": now,
        "lease": now + LEASE,
    }
    async with parts.worker.transaction(partnership_work(parts, delivery.partnership, "webhooks")) as session:
        found = (await session.execute(_CLAIM_AGAIN, row)).one_or_none()
        if found is None:
            return None
        await _without_access(session, [] if found.allowed else [found], now)
    return _claimed(parts.ring, found, now) if found.allowed else None


async def release(parts: Parts, deliveries: Sequence[Claimed], now: datetime) -> None:
    """Give back what was claimed and not sent."""
    by_partnership: dict[UUID, list[Claimed]] = {}
    for one in deliveries:
        by_partnership.setdefault(one.partnership, []).append(one)
    for partnership, some in by_partnership.items():
        row = {
            "endpoints": [one.lane.endpoint for one in some],
            "events": [one.event for one in some],
            "now": now,
        }
        async with parts.worker.transaction(partnership_work(parts, partnership, "webhooks")) as session:
            await session.execute(_RELEASE, row)


async def _without_access(session: AsyncSession, rows: Sequence[Any], now: datetime) -> None:
    for row in rows:
        age = now - row.queued_at
        later = None if age >= patience(known=row.known) else now + min(max(age, SHORTEST_PATIENCE), LONGEST_PATIENCE)
        await session.execute(
            _LATER if later else _WITHHOLD,
            {"endpoint": row.endpoint_id, "event": row.event_id, **({"later": later} if later else {})},
        )


def _claimed(ring: KeyRing, row: Any, now: datetime) -> Claimed:
    secrets = [signing.open_(ring, row.endpoint_id, bytes(row.secret))]
    if row.former_secret is not None and row.former_until is not None and row.former_until > now:
        secrets.append(signing.open_(ring, row.endpoint_id, bytes(row.former_secret)))
    return Claimed(
        partnership=row.partnership_id,
        organisation=row.organisation_id,
        lane=LaneKey(row.endpoint_id, row.urgent),
        event=row.event_id,
        tries=row.tries,
        url=row.url,
        body=row.document.encode(),
        secrets=tuple(secrets),
        lease_until=now + LEASE,
    )


# One step of the index for each lane, however long its backlog is.
_DUE = text("""
WITH RECURSIVE lanes AS (
  (SELECT endpoint_id, urgent, partnership_id FROM deliveries WHERE state = 'pending' ORDER BY 1, 2 LIMIT 1)
  UNION ALL
  SELECT next.endpoint_id, next.urgent, next.partnership_id FROM lanes l CROSS JOIN LATERAL (
    SELECT d.endpoint_id, d.urgent, d.partnership_id FROM deliveries d
    WHERE d.state = 'pending' AND (d.endpoint_id, d.urgent) > (l.endpoint_id, l.urgent)
    ORDER BY d.endpoint_id, d.urgent LIMIT 1) next
)
SELECT l.endpoint_id, l.urgent, l.partnership_id FROM lanes l WHERE EXISTS (
  SELECT 1 FROM deliveries d WHERE d.state = 'pending' AND d.endpoint_id = l.endpoint_id AND d.urgent = l.urgent
    AND d.due_at <= :now)
ORDER BY l.urgent DESC
""")

_SHOWN = """
SELECT c.partnership_id, c.organisation_id, c.endpoint_id, c.event_id, c.urgent, c.tries, c.queued_at,
  coalesce(c.document, f.document) AS document, e.url, e.secret, e.former_secret, e.former_until,
  c.document IS NOT NULL OR (c.organisation_id = ANY(f.audience) AND (f.family_id IS NULL OR EXISTS (
    SELECT 1 FROM case_access a WHERE a.family_id = f.family_id AND a.organisation_id = c.organisation_id
      AND a.person_id IS NULL AND (f.parts IS NULL OR a.part = ANY(f.parts))))) AS allowed,
  EXISTS (SELECT 1 FROM case_access_revisions r WHERE r.family_id = f.family_id) AS known
FROM claimed c JOIN webhook_endpoints e ON e.id = c.endpoint_id LEFT JOIN feed f ON f.id = c.event_id
ORDER BY c.urgent DESC, c.queued_at, c.event_id
"""
_CLAIM = text(f"""
WITH picked AS (
  SELECT due.endpoint_id, due.event_id
  FROM unnest(CAST(:endpoints AS uuid[]), CAST(:urgents AS boolean[]), CAST(:rooms AS int[]))
    AS lane(endpoint, urgent, room)
  JOIN webhook_endpoints e ON e.id = lane.endpoint AND e.state = 'enabled'
  CROSS JOIN LATERAL (
    SELECT d.endpoint_id, d.event_id FROM deliveries d
    WHERE d.state = 'pending' AND d.endpoint_id = lane.endpoint AND d.urgent = lane.urgent AND d.due_at <= :now
    ORDER BY d.due_at, d.event_id LIMIT lane.room FOR UPDATE OF d SKIP LOCKED) due
), claimed AS (
  UPDATE deliveries d SET due_at = :lease FROM picked
  WHERE d.endpoint_id = picked.endpoint_id AND d.event_id = picked.event_id RETURNING d.*
)
{_SHOWN}""")  # noqa: S608 - fixed text
_CLAIM_AGAIN = text(f"""
WITH claimed AS (
  UPDATE deliveries d SET due_at = :lease FROM webhook_endpoints w
  WHERE d.endpoint_id = :endpoint AND d.event_id = :event AND d.state = 'pending' AND d.due_at = :before
    AND w.id = d.endpoint_id AND w.state = 'enabled' RETURNING d.*
)
{_SHOWN}""")  # noqa: S608 - fixed text
_LATER = text("UPDATE deliveries SET due_at = :later WHERE endpoint_id = :endpoint AND event_id = :event")
_WITHHOLD = text(
    "UPDATE deliveries SET state = 'withheld' WHERE endpoint_id = :endpoint AND event_id = :event AND state = 'pending'"
)
_RELEASE = text(
    "UPDATE deliveries d SET due_at = :now FROM unnest(CAST(:endpoints AS uuid[]), CAST(:events AS uuid[]))"
    " AS one(endpoint, event) WHERE d.endpoint_id = one.endpoint AND d.event_id = one.event AND d.state = 'pending'"
)
