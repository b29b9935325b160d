"""People who gave a name, and their end: erased because somebody says so, or because they only booked, long ago."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.domain import AttendeeStatus, BookingStatus
from services.training.domain.attendees import ERASED, RESTORED
from services.training.models import Attendee, TrainingSession
from services.training.repository import attendees as repository
from services.training.repository import bookings, catalogue
from services.training.schemas.attendees import AttendeeOut
from services.training.service import attendees, openings, places
from shared import audit, clocks, history
from shared.crypto import Subject, Vault
from shared.db import now_of, work_of
from shared.parts import Parts

KIND: Final = "attendee.unused"


async def shown(session: AsyncSession, vault: Vault, attendee_id: UUID) -> AttendeeOut:
    row = await repository.get(session, attendee_id)
    audit.saw(session, "attendee", row.id)
    return AttendeeOut.of(row, (await attendees.open_names(vault, [row])).get(row.id))


async def erase(session: AsyncSession, parts: Parts, attendee_id: UUID, reason_code: str) -> None:
    """Destroy their key, drop name and fingerprint; their participations count as before.

    The key goes before the commit: should the commit fail, the same request again completes it.
    """
    row = await repository.get_for_update(session, attendee_id)
    domain.require_erasable(row.status)
    await _forget(session, row, reason_code)
    await parts.vault.destroy(row.partnership_id, Subject.person(row.id))


async def erase_again(session: AsyncSession, attendee_id: UUID) -> bool:
    """After a restore, for somebody whom the erasure log names: whether the restored copy still knew them."""
    row = await repository.find_for_update(session, attendee_id)
    if row is None or row.status is AttendeeStatus.ERASED:
        return False
    work_of(session).organisation = row.organisation_id
    await _forget(session, row, RESTORED)
    return True


async def move(session: AsyncSession, attendee_id: UUID, wanted: AttendeeStatus, reason_code: str | None) -> None:
    """On legal hold, or no longer."""
    row = await repository.get_for_update(session, attendee_id)
    _moved(session, row, domain.ATTENDEES.move(row.status, wanted), reason_code)


async def expect(session: AsyncSession, attendee_id: UUID, kept: timedelta) -> None:
    """After so long somebody looks whether they ever came, and again while they are needed; never too late for it."""
    await clocks.start(session, KIND, attendee_id, now_of(session) + kept)


async def expire(session: AsyncSession, parts: Parts, attendee_id: UUID, kept: timedelta) -> None:
    """Whoever was never there, and has not been needed for so long, is erased; on legal hold it is asked again."""
    row = await repository.find_for_update(session, attendee_id)
    if row is None or row.status is AttendeeStatus.ERASED or await repository.attended(session, row.id):
        return
    until = domain.kept_until(await repository.needed(session, row.id), kept)
    if until is not None and until > now_of(session):
        await clocks.start(session, KIND, row.id, until)
    elif row.status is AttendeeStatus.HELD:
        await clocks.start(session, KIND, row.id, now_of(session) + kept)
    else:
        work_of(session).organisation = row.organisation_id
        await erase(session, parts, row.id, domain.ErasureReason.RETENTION_ENDED)


async def _forget(session: AsyncSession, row: Attendee, reason_code: str) -> None:
    row.name = row.fingerprint = None
    _moved(session, row, AttendeeStatus.ERASED, reason_code)
    await session.flush()
    await _give_places_back(session, row)
    await clocks.stop(session, KIND, row.id)


def _moved(session: AsyncSession, row: Attendee, wanted: AttendeeStatus, reason_code: str | None) -> None:
    before, row.status = row.status, wanted
    history.record(session, "attendee", row.id, (before, wanted), reason_code=reason_code)
    audit.saw(session, "attendee", row.id)


async def _give_places_back(session: AsyncSession, row: Attendee) -> None:
    """Of sessions that are still ahead: nobody would know who is meant, and others wait."""
    for session_id in await bookings.list_sessions_of(session, row.id):
        place = await catalogue.get_for_update(session, TrainingSession, session_id)
        if not domain.takes_bookings(place.status, place.starts_at, now_of(session)):
            continue
        for booking in await bookings.list_these(session, place.id, BookingStatus.BOOKED, BookingStatus.WAITING):
            if booking.attendee_id == row.id:
                places.move(session, booking, BookingStatus.CANCELLED, ERASED)
        await places.move_up(session, place)
        if place.public:
            await openings.settle(session, place)
