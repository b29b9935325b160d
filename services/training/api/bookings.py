"""Routes of places: book them, see who has one or waits, give them back."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.training.api.callers import Trainer
from services.training.domain import BookingStatus
from services.training.models import Booking
from services.training.repository import bookings as repository
from services.training.schemas.bookings import BookingCancelIn, BookingIn, BookingOut, PlacesOut
from services.training.service import bookings as service
from services.training.settings import policy_of
from shared import etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page, encode
from shared.parts import Parts
from shared.routing import PartsOf, Session

router = make_router("/v1/sessions", "bookings")
Wanted = Annotated[BookingStatus | None, Query(alias="status", description="Only those that stand so.")]


@router.post("/{session_id}/bookings", status_code=status.HTTP_201_CREATED)
async def book_places(
    session_id: UUID, body: BookingIn, session: Session, _caller: Trainer, parts: PartsOf, response: Response
) -> BookingOut:
    """Book places of a planned session of the caller's organisation; when they are not free, wait for them."""
    row = await service.book(session, parts.vault, policy_of(parts), session_id, body)
    return await _shown(session, parts, row, response)


@router.get("/{session_id}/bookings")
async def list_bookings(
    session_id: UUID,
    session: Session,
    _caller: Trainer,
    parts: PartsOf,
    wanted: Wanted = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BookingOut]:
    """Who has places of a session of the caller's organisation, who waits, who cancelled; in the order of asking."""
    place = await service.own(session, session_id)
    rows = await repository.list_of(session, place.id, wanted, limit, cursor)
    next_page = encode(rows[limit - 1].turn) if len(rows) > limit else None
    return Page(items=await service.shown(session, parts.vault, rows[:limit]), next=next_page)


@router.get("/{session_id}/places")
async def count_places(session_id: UUID, session: Session, _caller: Trainer) -> PlacesOut:
    """How many places of a session of the caller's organisation are booked and free, and how many people wait."""
    return await service.count(session, session_id)


@router.get("/{session_id}/bookings/{booking_id}")
async def get_booking(
    session_id: UUID, booking_id: UUID, session: Session, _caller: Trainer, parts: PartsOf, response: Response
) -> BookingOut:
    """One booking."""
    return await _shown(session, parts, await repository.get(session, session_id, booking_id), response)


@router.post("/{session_id}/bookings/{booking_id}/cancel")
async def cancel_booking(  # noqa: PLR0913 - each is one dependency, the path or the body
    session_id: UUID,
    booking_id: UUID,
    body: BookingCancelIn,
    session: Session,
    _caller: Trainer,
    parts: PartsOf,
    match: IfMatch,
    response: Response,
) -> BookingOut:
    """Say that they do not come: what becomes free goes to the first who wait and fit."""
    row = await service.cancel(session, session_id, booking_id, body, match)
    return await _shown(session, parts, row, response)


async def _shown(session: Session, parts: Parts, row: Booking, response: Response) -> BookingOut:
    await session.flush()
    etag.tag(response, row)
    return (await service.shown(session, parts.vault, [row]))[0]
