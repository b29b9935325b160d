"""Book places of a session, or wait for them; give them back."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.domain import BookingStatus, LabelKind
from services.training.models import Booking, TrainingSession
from services.training.repository import attendees as people
from services.training.repository import bookings as repository
from services.training.repository import catalogue
from services.training.repository import labels as known
from services.training.schemas.bookings import BookingCancelIn, BookingIn, BookingOut, PlacesOut
from services.training.service import attendees, forgetting, labels, openings, places
from services.training.settings import TrainingSettings
from shared import audit, history
from shared.crypto import Vault
from shared.db import now_of, work_of
from shared.errors import Conflict, Forbidden
from shared.etag import Match


async def book(
    session: AsyncSession, vault: Vault, settings: TrainingSettings, session_id: UUID, body: BookingIn
) -> Booking:
    """As many places as were asked for, or else a turn behind all who have asked before."""
    place = await _open_for_update(session, session_id)
    domain.require_ever_fits(body.places, place.capacity)
    group, person = await _asking(session, vault, settings, place, body)
    free = place.capacity - (await repository.taken(session, place.id)).booked
    row = Booking(
        partnership_id=place.partnership_id,
        organisation_id=place.organisation_id,
        session_id=place.id,
        turn=await repository.next_turn(session, place.id),
        status=BookingStatus.BOOKED if body.places <= free else BookingStatus.WAITING,
        places=body.places,
        organisation=group,
        attendee_id=person,
        asked_at=now_of(session),
        asked_by=work_of(session).actor,
        changed_at=now_of(session),
    )
    session.add(row)
    history.record(session, "booking", row.id, (None, row.status))
    places.saw(session, row)
    await places.start_reminder(session, place, settings.reminded)
    await _settle(session, place)
    if person is not None:
        await forgetting.expect(session, person, settings.booked_kept)
    return row


async def _asking(
    session: AsyncSession, vault: Vault, settings: TrainingSettings, place: TrainingSession, body: BookingIn
) -> tuple[UUID, UUID | None]:
    """The label of the group, and the attendee where there is a name; one booking for each of them."""
    wanted = {LabelKind.ORGANISATION: {body.organisation}}
    found = await labels.find_or_add(session, vault, settings, place.organisation_id, wanted)
    group = found[LabelKind.ORGANISATION, body.organisation]
    if body.name is None:
        return group, None
    named = (group, body.name)
    person = (await attendees.find_or_add(session, vault, settings, place.organisation_id, {named}))[named]
    if await repository.has_asked(session, place.id, person):
        raise Conflict(
            "Somebody of this name and group has a place, or waits for one.",
            name="already-booked",
            title="They have asked already",
        )
    return group, person


async def cancel(
    session: AsyncSession, session_id: UUID, booking_id: UUID, body: BookingCancelIn, match: Match
) -> Booking:
    """Whoever asked does not come; what becomes free goes to those who wait."""
    await repository.get(session, session_id, booking_id)
    place = await _open_for_update(session, session_id)
    row = await repository.get_for_update(session, session_id, booking_id)
    match.check(row)
    places.move(session, row, BookingStatus.CANCELLED, body.reason_code)
    await places.move_up(session, place)
    await _settle(session, place)
    return row


async def _settle(session: AsyncSession, place: TrainingSession) -> None:
    """Others read whether there are places left, where the session is for everybody."""
    if place.public:
        await openings.settle(session, place)


async def own(session: AsyncSession, session_id: UUID) -> TrainingSession:
    """A session of the caller's organisation: nobody else sees who has a place."""
    return _owned(session, await catalogue.get(session, TrainingSession, session_id))


async def count(session: AsyncSession, session_id: UUID) -> PlacesOut:
    place = await own(session, session_id)
    taken = await repository.taken(session, place.id)
    audit.saw(session, "session", place.id)
    return PlacesOut(
        capacity=place.capacity, booked=taken.booked, free=place.capacity - taken.booked, waiting=taken.waiting
    )


async def shown(session: AsyncSession, vault: Vault, rows: list[Booking]) -> list[BookingOut]:
    """With the words and names that can still be read."""
    places.saw(session, *rows)
    words = await labels.open_labels(vault, await known.list_these(session, {row.organisation for row in rows}))
    ids = {row.attendee_id for row in rows if row.attendee_id}
    names = await attendees.open_names(vault, await people.list_these(session, ids))
    return [
        BookingOut.of(row, words.get(row.organisation), names.get(row.attendee_id) if row.attendee_id else None)
        for row in rows
    ]


async def _open_for_update(session: AsyncSession, session_id: UUID) -> TrainingSession:
    """A session of the caller's organisation that places may be given of, locked: whoever asks next waits."""
    place = _owned(session, await catalogue.get_for_update(session, TrainingSession, session_id))
    domain.require_takes_bookings(place.status, place.starts_at, now_of(session))
    return place


def _owned(session: AsyncSession, place: TrainingSession) -> TrainingSession:
    if place.organisation_id != work_of(session).organisation:
        raise Forbidden("This belongs to another organisation.")
    return place
