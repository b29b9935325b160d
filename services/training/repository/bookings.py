"""Finds bookings, and counts the places of a session. Whoever changes them has locked the session before."""

from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import BookingStatus
from services.training.models import Booking
from shared.errors import NotFound
from shared.pagination import bad_cursor, decode

_LAST_TURN = 2**31 - 1


class Taken(NamedTuple):
    """Places of a session: given to somebody, and asked for by those who wait."""

    booked: int
    waiting: int


async def get(session: AsyncSession, session_id: UUID, booking_id: UUID) -> Booking:
    return _of(session_id, await session.get(Booking, booking_id))


async def get_for_update(session: AsyncSession, session_id: UUID, booking_id: UUID) -> Booking:
    return _of(session_id, await session.get(Booking, booking_id, with_for_update=True))


def _of(session_id: UUID, row: Booking | None) -> Booking:
    if row is None or row.session_id != session_id:
        raise NotFound
    return row


async def list_of(
    session: AsyncSession, session_id: UUID, status: BookingStatus | None, limit: int, cursor: str | None
) -> list[Booking]:
    """In the order of asking; one more than `limit` where there is another page."""
    query = select(Booking).where(Booking.session_id == session_id)
    if status is not None:
        query = query.where(Booking.status == status)
    if cursor is not None:
        query = query.where(Booking.turn > _position(cursor))
    return list((await session.exec(query.order_by(col(Booking.turn)).limit(limit + 1))).all())


def _position(cursor: str) -> int:
    turn = decode(cursor, 1)[0]
    if not turn.isdecimal() or int(turn) > _LAST_TURN:
        raise bad_cursor()
    return int(turn)


async def list_these(session: AsyncSession, session_id: UUID, *wanted: BookingStatus) -> list[Booking]:
    """All of the session in one of these states, in the order of asking."""
    query = select(Booking).where(Booking.session_id == session_id, col(Booking.status).in_(wanted))
    return list((await session.exec(query.order_by(col(Booking.turn)))).all())


async def list_sessions_of(session: AsyncSession, attendee: UUID) -> list[UUID]:
    """The sessions that this person has a place of, or waits for one, in one order."""
    query = select(Booking.session_id).where(Booking.attendee_id == attendee, Booking.status != BookingStatus.CANCELLED)
    return list((await session.exec(query.order_by(col(Booking.session_id)))).all())


async def taken(session: AsyncSession, session_id: UUID) -> Taken:
    query = select(Booking.status, func.sum(Booking.places)).where(Booking.session_id == session_id)
    sums = {status: int(places) for status, places in (await session.exec(query.group_by(col(Booking.status)))).all()}
    return Taken(sums.get(BookingStatus.BOOKED, 0), sums.get(BookingStatus.WAITING, 0))


async def next_turn(session: AsyncSession, session_id: UUID) -> int:
    query = select(func.coalesce(func.max(Booking.turn), 0)).where(Booking.session_id == session_id)
    return (await session.exec(query)).one() + 1


async def has_asked(session: AsyncSession, session_id: UUID, attendee: UUID) -> bool:
    """Whether this person has a place, or waits for one."""
    query = select(Booking.id).where(
        Booking.session_id == session_id,
        Booking.attendee_id == attendee,
        Booking.status != BookingStatus.CANCELLED,
    )
    return (await session.exec(query)).first() is not None
