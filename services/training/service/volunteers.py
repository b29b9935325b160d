"""Note what the matching service tells of a volunteer, and let a running induction follow."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import INDUCTIONS, InductionStatus
from services.training.repository import inductions, volunteers
from services.training.service.inductions import move, see
from shared.db import now_of


async def note_application(session: AsyncSession, volunteer_id: UUID) -> None:
    volunteer = await volunteers.get_or_note_for_update(session, volunteer_id)
    volunteer.applied_at = volunteer.applied_at or now_of(session)


async def note_suspension(session: AsyncSession, volunteer_id: UUID) -> None:
    volunteer = await volunteers.get_or_note_for_update(session, volunteer_id)
    volunteer.suspended_at = volunteer.suspended_at or now_of(session)
    await _follow(session, volunteer_id, InductionStatus.ON_HOLD, "volunteer_suspended")


async def note_reinstatement(session: AsyncSession, volunteer_id: UUID) -> None:
    volunteer = await volunteers.get_or_note_for_update(session, volunteer_id)
    volunteer.suspended_at = None
    await _follow(session, volunteer_id, InductionStatus.IN_PROGRESS, "volunteer_reinstated")


async def note_leaving(session: AsyncSession, volunteer_id: UUID) -> None:
    volunteer = await volunteers.get_or_note_for_update(session, volunteer_id)
    volunteer.left_at = volunteer.left_at or now_of(session)
    await _follow(session, volunteer_id, InductionStatus.ABANDONED, "volunteer_left")


async def _follow(session: AsyncSession, volunteer_id: UUID, wanted: InductionStatus, reason_code: str) -> None:
    """Move the running induction where that is possible; told twice is told once."""
    induction = await inductions.find_open_for_update(session, volunteer_id)
    if induction is not None and INDUCTIONS.allows(induction.status, wanted):
        move(session, induction, wanted, reason_code)
        see(session, induction)
