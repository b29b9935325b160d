"""Finds who was at a session, writes them as a set, counts them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import Source
from services.training.models import Participation
from shared.errors import NotFound
from shared.pagination import bad_cursor, decode


@dataclass(frozen=True, slots=True)
class Described:
    """So many people of a session who said the same of themselves."""

    organisation: UUID
    ethnicity: UUID | None
    gender: UUID | None
    anonymous: bool
    count: int


async def get(session: AsyncSession, participation_id: UUID) -> Participation:
    return _found(await session.get(Participation, participation_id))


async def get_for_update(session: AsyncSession, participation_id: UUID) -> Participation:
    return _found(await session.get(Participation, participation_id, with_for_update=True))


def _found(row: Participation | None) -> Participation:
    if row is None:
        raise NotFound
    return row


async def list_of(session: AsyncSession, session_id: UUID, limit: int, cursor: str | None) -> list[Participation]:
    """In the order in which they were recorded; one more than `limit` where there is another page."""
    query = select(Participation).where(Participation.session_id == session_id)
    if cursor is not None:
        query = query.where(col(Participation.id) > _position(cursor))
    return list((await session.exec(query.order_by(col(Participation.id)).limit(limit + 1))).all())


def _position(cursor: str) -> UUID:
    try:
        return UUID(decode(cursor, 1)[0])
    except ValueError as error:
        raise bad_cursor() from error


async def add(session: AsyncSession, rows: Sequence[Participation]) -> None:
    """One statement, whatever their number."""
    document = orjson.dumps([row.model_dump(mode="json") for row in rows]).decode()
    await session.execute(_ADD, {"rows": document})


async def attending(session: AsyncSession, session_id: UUID, attendees: Collection[UUID]) -> set[UUID]:
    """Which of these people are recorded at the session."""
    if not attendees:
        return set()
    query = select(Participation.attendee_id).where(
        Participation.session_id == session_id,
        col(Participation.attendee_id).in_(attendees),
        col(Participation.withdrawn_at).is_(None),
    )
    return {one for one in (await session.exec(query)).all() if one is not None}


async def number_attending(session: AsyncSession, session_id: UUID) -> int:
    return (await numbers_attending(session, [session_id])).get(session_id, 0)


async def numbers_attending(session: AsyncSession, sessions: Collection[UUID]) -> dict[UUID, int]:
    """How many people are recorded at each of these sessions; none is not said."""
    if not sessions:
        return {}
    by = col(Participation.session_id)
    query = select(by, func.count()).where(by.in_(sessions), col(Participation.withdrawn_at).is_(None)).group_by(by)
    return dict((await session.exec(query)).all())


async def number_signed_in(session: AsyncSession, session_id: UUID, since: datetime) -> int:
    """How many have signed in by themselves, also those who were withdrawn."""
    query = select(func.count()).where(
        col(Participation.session_id) == session_id,
        col(Participation.source) == Source.SELF,
        col(Participation.recorded_at) >= since,
    )
    return (await session.exec(query)).one()


async def described(session: AsyncSession, session_id: UUID) -> list[Described]:
    """Everybody at the session who was not withdrawn."""
    rows = await session.execute(_DESCRIBED, {"session": session_id})
    return [Described(*row) for row in rows]


async def count_in(session: AsyncSession, session_id: UUID) -> None:
    """From now on they are in the statistics."""
    await session.execute(_COUNT_IN, {"session": session_id})


_ADD = text("""
INSERT INTO participations (
  id, partnership_id, organisation_id, session_id, day, parts, organisation, ethnicity, gender, language, area,
  ethnicity_chosen, gender_chosen, attendee_id, source, counted, recorded_at, recorded_by)
SELECT id, partnership_id, organisation_id, session_id, day, parts, organisation, ethnicity, gender, language, area,
  ethnicity_chosen, gender_chosen, attendee_id, source, counted, recorded_at, recorded_by
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
  id uuid, partnership_id uuid, organisation_id uuid, session_id uuid, day date, parts smallint[], organisation uuid,
  ethnicity uuid, gender uuid, language uuid, area uuid, ethnicity_chosen text, gender_chosen text, attendee_id uuid,
  source text, counted boolean,
  recorded_at timestamptz, recorded_by text)""")
_DESCRIBED = text("""
SELECT organisation, ethnicity, gender, attendee_id IS NULL AS anonymous, count(*)
FROM participations WHERE session_id = :session AND withdrawn_at IS NULL
GROUP BY organisation, ethnicity, gender, attendee_id IS NULL""")
_COUNT_IN = text(
    "UPDATE participations SET counted = true WHERE session_id = :session AND NOT counted AND withdrawn_at IS NULL"
)
