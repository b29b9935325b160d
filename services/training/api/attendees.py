"""Routes of people who gave a name: look at one, erase them, put them on legal hold."""

from uuid import UUID

from fastapi import status

from services.training.api.callers import Eraser
from services.training.domain import AttendeeStatus
from services.training.schemas.attendees import AttendeeErasureIn, AttendeeHoldIn, AttendeeOut
from services.training.service import forgetting as service
from shared.http import router as make_router
from shared.routing import PartsOf, Session

router = make_router("/v1/attendees", "attendees")


@router.get("/{attendee_id}")
async def get_attendee(attendee_id: UUID, session: Session, _caller: Eraser, parts: PartsOf) -> AttendeeOut:
    """Somebody who gave a name at a session of the caller's organisation, or booked a place by it."""
    return await service.shown(session, parts.vault, attendee_id)


@router.post("/{attendee_id}/erase", status_code=status.HTTP_204_NO_CONTENT)
async def erase_attendee(
    attendee_id: UUID, body: AttendeeErasureIn, session: Session, _caller: Eraser, parts: PartsOf
) -> None:
    """Destroy somebody's key, so that nobody reads their name any more; places ahead are given back, counts stay."""
    await service.erase(session, parts, attendee_id, body.reason_code)


@router.post("/{attendee_id}/hold", status_code=status.HTTP_204_NO_CONTENT)
async def hold_attendee(attendee_id: UUID, body: AttendeeHoldIn, session: Session, _caller: Eraser) -> None:
    """Put a name on legal hold: nobody erases it, and no time."""
    await service.move(session, attendee_id, AttendeeStatus.HELD, body.reason_code)


@router.post("/{attendee_id}/end-hold", status_code=status.HTTP_204_NO_CONTENT)
async def end_hold_of_attendee(attendee_id: UUID, session: Session, _caller: Eraser) -> None:
    """The legal hold is over."""
    await service.move(session, attendee_id, AttendeeStatus.KEPT, None)
