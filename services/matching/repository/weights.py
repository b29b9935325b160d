"""Reading a partnership's matching policies and the sums of its equality view."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.models import EqualityCounted, EqualitySum, PolicyVersion
from shared.errors import NotFound


async def get(session: AsyncSession, policy_id: UUID) -> PolicyVersion:
    policy = await session.get(PolicyVersion, policy_id)
    if policy is None:
        raise NotFound
    return policy


async def find_newest(session: AsyncSession) -> PolicyVersion | None:
    query = select(PolicyVersion).order_by(col(PolicyVersion.version_number).desc()).limit(1)
    return (await session.exec(query)).first()


async def list_page(session: AsyncSession, before: int | None, limit: int) -> Sequence[PolicyVersion]:
    """Newest first; one more than `limit`."""
    query = select(PolicyVersion).order_by(col(PolicyVersion.version_number).desc()).limit(limit + 1)
    if before:
        query = query.where(PolicyVersion.version_number < before)
    return (await session.exec(query)).all()


async def list_sums(session: AsyncSession) -> Sequence[EqualitySum]:
    """By dimension and value."""
    query = select(EqualitySum).order_by(EqualitySum.dimension, EqualitySum.value)
    return (await session.exec(query)).all()


async def find_counted(session: AsyncSession, request: UUID) -> EqualityCounted | None:
    query = select(EqualityCounted).where(EqualityCounted.match_request_id == request)
    return (await session.exec(query.with_for_update())).one_or_none()
