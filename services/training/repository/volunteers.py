"""Finds what the matching service has told of volunteers."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import Standing
from services.training.models import Volunteer
from shared.db import work_of


async def find_standing_for_update(session: AsyncSession, volunteer_id: UUID) -> Standing | None:
    """What is known; the row stays locked, so that nobody else starts for this volunteer meanwhile."""
    row = await session.get(Volunteer, volunteer_id, with_for_update=True)
    if row is None:
        return None
    return Standing(row.applied_at is not None, row.suspended_at is not None, row.left_at is not None)


async def get_or_note_for_update(session: AsyncSession, volunteer_id: UUID) -> Volunteer:
    """The row of a volunteer, made now if this is the first that is heard of them."""
    row = {"id": volunteer_id, "partnership_id": work_of(session).partnership}
    await session.execute(insert(Volunteer).values(row).on_conflict_do_nothing())
    return await session.get_one(Volunteer, volunteer_id, with_for_update=True)
