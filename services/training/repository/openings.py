"""Finds sessions that are open to everybody."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.models import Opening
from services.training.repository.keyset import after
from shared.db import now_of


async def get(session: AsyncSession, session_id: UUID) -> Opening | None:
    return await session.get(Opening, session_id)


async def list_open(session: AsyncSession, partnership: UUID | None, limit: int, cursor: str | None) -> list[Opening]:
    """Those that are still ahead, by their start; one more than `limit` where there is another page."""
    query = select(Opening).where(col(Opening.open), col(Opening.starts_at) > now_of(session))
    if partnership is not None:
        query = query.where(Opening.partnership_id == partnership)
    query = after(query, col(Opening.starts_at), col(Opening.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())
