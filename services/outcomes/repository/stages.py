"""Finds the stages of a child."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.models import Stage


async def list_of_child(session: AsyncSession, child_id: UUID) -> list[Stage]:
    """As a series: by the day from which each holds."""
    query = select(Stage).where(Stage.child_id == child_id)
    return list((await session.exec(query.order_by(col(Stage.from_date), col(Stage.id)))).all())
