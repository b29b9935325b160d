"""Finds people who gave a name, and adds those who are not known yet, as sets."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.models import Attendee, Participation
from shared.db import now_of, work_of
from shared.errors import NotFound


async def find(session: AsyncSession, organisation: UUID, fingerprints: Sequence[bytes]) -> dict[bytes, UUID]:
    """The ids of those who are known."""
    rows = await session.execute(_FIND, {"organisation": organisation, "fingerprints": fingerprints})
    return {row.fingerprint: row.id for row in rows}


async def list_these(session: AsyncSession, ids: Collection[UUID]) -> list[Attendee]:
    return list((await session.exec(select(Attendee).where(col(Attendee.id).in_(ids)))).all()) if ids else []


async def get(session: AsyncSession, attendee_id: UUID) -> Attendee:
    return _found(await session.get(Attendee, attendee_id))


async def get_for_update(session: AsyncSession, attendee_id: UUID) -> Attendee:
    return _found(await find_for_update(session, attendee_id))


def _found(row: Attendee | None) -> Attendee:
    if row is None:
        raise NotFound
    return row


async def find_for_update(session: AsyncSession, attendee_id: UUID) -> Attendee | None:
    return await session.get(Attendee, attendee_id, with_for_update=True, populate_existing=True)


async def attended(session: AsyncSession, attendee_id: UUID) -> bool:
    """Whether they were at any session, as far as is known."""
    query = select(Participation.id).where(
        Participation.attendee_id == attendee_id, col(Participation.withdrawn_at).is_(None)
    )
    return (await session.exec(query.limit(1))).first() is not None


async def needed(session: AsyncSession, attendee_id: UUID) -> list[datetime]:
    """The last day that a place was theirs for, gave one back, or that they were withdrawn; none where never."""
    row = (await session.execute(_NEEDED, {"attendee": attendee_id})).one()
    return [at for at in row if at is not None]


async def add(session: AsyncSession, organisation: UUID, rows: Sequence[tuple[UUID, bytes, bytes]]) -> None:
    """Of (id, fingerprint, sealed name). Always in one order, so that nobody waits in a ring."""
    ordered = sorted(rows, key=lambda row: row[1])
    given = {
        "partnership": work_of(session).partnership,
        "organisation": organisation,
        "now": now_of(session),
        "ids": [row[0] for row in ordered],
        "fingerprints": [row[1] for row in ordered],
        "names": [row[2] for row in ordered],
    }
    await session.execute(_ADD, given)


# Not joined with the fingerprints: whoever knows no better then reads everybody whom the organisation has ever met.
_FIND = text("""
SELECT id, fingerprint FROM attendees
WHERE partnership_id = circle_partnership() AND organisation_id = :organisation
  AND fingerprint = ANY(CAST(:fingerprints AS bytea[]))""")
_NEEDED = text("""
SELECT (SELECT max(CASE WHEN b.status = 'cancelled' THEN b.changed_at ELSE greatest(b.changed_at, s.ends_at) END)
    FROM bookings b JOIN sessions s ON s.id = b.session_id WHERE b.attendee_id = :attendee) AS booked,
  (SELECT max(withdrawn_at) FROM participations WHERE attendee_id = :attendee) AS withdrawn""")
_ADD = text("""
INSERT INTO attendees (id, partnership_id, organisation_id, fingerprint, name, created_at)
SELECT w.id, :partnership, :organisation, w.fingerprint, w.name, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:fingerprints AS bytea[]), CAST(:names AS bytea[])) AS w(id, fingerprint, name)
ON CONFLICT DO NOTHING""")
