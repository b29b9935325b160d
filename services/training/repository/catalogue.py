"""Finds programmes, courses and sessions of the caller's partnership."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.models import Course, Programme, TrainingSession
from services.training.repository.keyset import after
from shared.errors import NotFound

R = TypeVar("R", Programme, Course, TrainingSession)


async def get(session: AsyncSession, kind: type[R], row_id: UUID) -> R:
    row = await session.get(kind, row_id)
    if row is None:
        raise NotFound
    return row


async def get_for_update(session: AsyncSession, kind: type[R], row_id: UUID) -> R:
    row = await session.get(kind, row_id, with_for_update=True)
    if row is None:
        raise NotFound
    return row


async def list_programmes(session: AsyncSession, limit: int, cursor: str | None) -> list[Programme]:
    """Newest last; one more than `limit` where there is another page."""
    query = after(select(Programme), col(Programme.created_at), col(Programme.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())


async def list_courses(session: AsyncSession, programme: UUID | None, limit: int, cursor: str | None) -> list[Course]:
    query = select(Course)
    if programme is not None:
        query = query.where(col(Course.programme_id) == programme)
    query = after(query, col(Course.created_at), col(Course.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())


async def list_sessions(
    session: AsyncSession, course: UUID | None, starting: datetime | None, limit: int, cursor: str | None
) -> list[TrainingSession]:
    """By start; those of one course and from one instant on, where given."""
    query = select(TrainingSession)
    if course is not None:
        query = query.where(col(TrainingSession.course_id) == course)
    if starting is not None:
        query = query.where(col(TrainingSession.starts_at) >= starting)
    query = after(query, col(TrainingSession.starts_at), col(TrainingSession.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())
