"""The sender's side of the database: what is due, claims with a lease, and results, each in batches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.webhooks import keys, signing
from gateway.webhooks.domain import patience
from shared import logging
from shared.consumer import partnership_work
from shared.crypto import Erased, KeyRing
from shared.parts import Parts

# Longer than an attempt can take: whoever claimed and died gave it back when this is over.
LEASE: Final = timedelta(seconds=60)
SHORTEST_PATIENCE: Final = timedelta(seconds=0.25)
LONGEST_PATIENCE: Final = timedelta(minutes=1)
_log = logging.get("webhooks")


@dataclass(frozen=True, slots=True)
class LaneKey:
    """Deliveries of one endpoint that wait for each other: concerns never wait for the rest."""

    endpoint: UUID
    urgent: bool


@dataclass(frozen=True, slots=True)
class Target:
    """An enabled endpoint as a claim finds it."""

    organisation: UUID
    url: str
    secrets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may send until its lease ends; access was checked as it was claimed."""

    partnership: UUID
    lane: LaneKey
    target: Target
    event: UUID
    tries: int
    body: bytes
    lease_until: datetime


Stock = dict[LaneKey, list[Claimed]]


async def due_lanes(parts: Parts, now: datetime) -> dict[UUID, list[LaneKey]]:
    """By partnership, the lanes in which something is due."""
    async with parts.worker.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        rows = await connection.execute(_DUE, {"now": now})
        found: dict[UUID, list[LaneKey]] = {}
        for row in rows:
            found.setdefault(row.partnership_id, []).append(LaneKey(row.endpoint_id, row.urgent))
        return found


async def claim(parts: Parts, partnership: UUID, room: Mapping[LaneKey, int], now: datetime) -> Stock:
    """Claim up to so many due deliveries for each lane. Those whose access is gone are withheld, here and now."""
    async with parts.worker.transaction(partnership_work(parts, partnership, "webhooks")) as session:
        targets = await _targets(session, parts.ring, room, now)
        lanes = [lane for lane in room if lane.endpoint in targets]
        if not lanes:
            return {}
        asked = {
            "endpoints": [lane.endpoint for lane in lanes],
            "urgents": [lane.urgent for lane in lanes],
            "rooms": [room[lane] for lane in lanes],
            "now": now,
            "lease": now + LEASE,
        }
        rows = (await session.execute(_CLAIM, asked)).all()
        await _without_access(session, [(lanes[row.lane - 1], row) for row in rows if not row.allowed], now)
    stock: Stock = {}
    for row in rows:
        if row.allowed:
            lane, body = lanes[row.lane - 1], row.document.encode()
            one = Claimed(partnership, lane, targets[lane.endpoint], row.event_id, row.tries, body, now + LEASE)
            stock.setdefault(lane, []).append(one)
    return stock


async def _targets(session: AsyncSession, ring: KeyRing, lanes: Iterable[LaneKey], now: datetime) -> dict[UUID, Target]:
    """Enabled endpoints. One whose secret cannot be read is left alone: its deliveries wait, the others go on."""
    rows = (await session.execute(_TARGETS, {"endpoints": list({lane.endpoint for lane in lanes})})).all()
    found: dict[UUID, Target] = {}
    for row in rows:
        try:
            own = await keys.found(session, ring)
            found[row.id] = Target(row.organisation_id, row.url, tuple(_secrets(own, row, now)))
        except Erased:
            _log.error("secret-unreadable", endpoint=str(row.id))
    return found


def _secrets(ring: KeyRing, row: Any, now: datetime) -> Iterator[bytes]:
    yield signing.open_(ring, row.id, bytes(row.secret))
    if row.former_secret is not None and row.former_until is not None and row.former_until > now:
        yield signing.open_(ring, row.id, bytes(row.former_secret))


async def release(parts: Parts, deliveries: Sequence[Claimed], now: datetime) -> None:
    """Give back what was claimed and not sent, as far as it is still ours."""
    by_partnership: dict[UUID, list[Claimed]] = {}
    for one in deliveries:
        by_partnership.setdefault(one.partnership, []).append(one)
    for partnership, some in by_partnership.items():
        row = {
            "endpoints": [one.lane.endpoint for one in some],
            "events": [one.event for one in some],
            "leases": [one.lease_until for one in some],
            "now": now,
        }
        async with parts.worker.transaction(partnership_work(parts, partnership, "webhooks")) as session:
            await session.execute(_RELEASE, row)


async def _without_access(session: AsyncSession, found: Sequence[tuple[LaneKey, Any]], now: datetime) -> None:
    for lane, row in found:
        place = {"endpoint": lane.endpoint, "event": row.event_id}
        age = now - row.queued_at
        if age >= patience(known=row.known):
            await session.execute(_WITHHOLD, place)
        else:
            later = now + min(max(age, SHORTEST_PATIENCE), LONGEST_PATIENCE)
            await session.execute(_LATER, place | {"later": later})


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

_TARGETS = text(
    "SELECT id, organisation_id, url, secret, former_secret, former_until FROM webhook_endpoints"
    " WHERE id = ANY(:endpoints) AND state = 'enabled'"
)
_CLAIM = text("""
WITH picked AS (
  SELECT lane.position, due.endpoint_id, due.event_id
  FROM unnest(CAST(:endpoints AS uuid[]), CAST(:urgents AS boolean[]), CAST(:rooms AS int[])) WITH ORDINALITY
    AS lane(endpoint, urgent, room, position)
  JOIN webhook_endpoints e ON e.id = lane.endpoint AND e.state = 'enabled'
  CROSS JOIN LATERAL (
    SELECT d.endpoint_id, d.event_id FROM deliveries d
    WHERE d.state = 'pending' AND d.endpoint_id = lane.endpoint AND d.urgent = lane.urgent AND d.due_at <= :now
    ORDER BY d.due_at, d.event_id LIMIT lane.room FOR UPDATE OF d SKIP LOCKED) due
), claimed AS (
  UPDATE deliveries d SET due_at = :lease FROM picked
  WHERE d.endpoint_id = picked.endpoint_id AND d.event_id = picked.event_id RETURNING picked.position, d.*
)
SELECT c.position AS lane, c.event_id, c.tries, c.queued_at, coalesce(c.document, f.document) AS document,
  c.document IS NOT NULL OR (c.organisation_id = ANY(f.audience) AND (f.family_id IS NULL OR EXISTS (
    SELECT 1 FROM case_access a WHERE a.family_id = f.family_id AND a.organisation_id = c.organisation_id
      AND a.person_id IS NULL AND (f.parts IS NULL OR a.part = ANY(f.parts))))) AS allowed,
  EXISTS (SELECT 1 FROM case_access_revisions r WHERE r.family_id = f.family_id) AS known
FROM claimed c LEFT JOIN feed f ON f.id = c.event_id
ORDER BY c.urgent DESC, c.queued_at, c.event_id
""")
_LATER = text("UPDATE deliveries SET due_at = :later WHERE endpoint_id = :endpoint AND event_id = :event")
_WITHHOLD = text(
    "UPDATE deliveries SET state = 'withheld' WHERE endpoint_id = :endpoint AND event_id = :event AND state = 'pending'"
)
_RELEASE = text(
    "UPDATE deliveries d SET due_at = :now"
    " FROM unnest(CAST(:endpoints AS uuid[]), CAST(:events AS uuid[]), CAST(:leases AS timestamptz[]))"
    " AS one(endpoint, event, lease) WHERE d.endpoint_id = one.endpoint AND d.event_id = one.event"
    " AND d.state = 'pending' AND d.due_at = one.lease"
)
