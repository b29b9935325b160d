"""What follows for the places of a session: who moves up, who loses a place with it, who is reminded when."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.domain import BookingStatus
from services.training.models import Booking, TrainingSession
from services.training.repository import bookings as repository
from shared import audit, clocks, history, outbox
from shared.db import now_of
from shared.events.training import PlaceOffered, SessionReminderDue

KIND: Final = "session.reminder"


async def settle(session: AsyncSession, place: TrainingSession, reminded: timedelta) -> None:
    """After the session was planned anew: nobody loses a place, some may move up, and the reminder is for its time."""
    await session.flush()
    taken = await repository.taken(session, place.id)
    domain.require_room_for_booked(taken.booked, place.capacity)
    await move_up(session, place)
    if taken.booked or taken.waiting:
        await start_reminder(session, place, reminded)
    else:
        await clocks.stop(session, KIND, place.id)


async def move_up(session: AsyncSession, place: TrainingSession) -> None:
    """Places that are free go to those who wait. The session is locked, so nobody else gives the same places."""
    if not domain.takes_bookings(place.status, place.starts_at, now_of(session)):
        return
    await session.flush()
    free = place.capacity - (await repository.taken(session, place.id)).booked
    waiting = await repository.list_these(session, place.id, BookingStatus.WAITING)
    for row in domain.moving_up([(one, one.places) for one in waiting], free):
        move(session, row, BookingStatus.BOOKED)
        outbox.add(session, PlaceOffered(session=place.id, booking=row.id))


async def call_off(session: AsyncSession, place: TrainingSession) -> None:
    """The session does not take place: nobody has a place, or waits for one."""
    active = (BookingStatus.BOOKED, BookingStatus.WAITING)
    for row in await repository.list_these(session, place.id, *active):
        move(session, row, BookingStatus.CANCELLED, domain.SESSION_CANCELLED)
    await clocks.stop(session, KIND, place.id)


def move(session: AsyncSession, row: Booking, wanted: BookingStatus, reason_code: str | None = None) -> None:
    before, row.status = row.status, domain.BOOKINGS.move(row.status, wanted)
    row.changed_at = now_of(session)
    history.record(session, "booking", row.id, (before, wanted), reason_code=reason_code)
    saw(session, row)


def saw(session: AsyncSession, *shown: Booking) -> None:
    """Note for the audit whose bookings this request shows or changes."""
    audit.saw(session, "booking", *(one.id for one in shown))
    audit.saw(session, "attendee", *(one.attendee_id for one in shown if one.attendee_id))


async def start_reminder(session: AsyncSession, place: TrainingSession, reminded: timedelta) -> None:
    """So long before the session starts; at once where that has passed, and once for each start."""
    await clocks.start(session, KIND, place.id, place.starts_at - reminded)


async def remind(session: AsyncSession, session_id: UUID) -> None:
    """Of a session that is still ahead, and that somebody has a place of."""
    place = await session.get(TrainingSession, session_id)
    if place is None or not domain.takes_bookings(place.status, place.starts_at, now_of(session)):
        return
    if (await repository.taken(session, place.id)).booked:
        outbox.add(session, SessionReminderDue(session=place.id), audience=[place.organisation_id])
