"""Finds suggestions: those that the caller's organisation made, or is to answer."""

from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import SuggestionStatus
from services.training.models import Suggestion
from shared.db import work_of
from shared.errors import NotFound
from shared.pagination import bad_cursor, decode


async def get(session: AsyncSession, suggestion_id: UUID) -> Suggestion:
    return _shared(session, await session.get(Suggestion, suggestion_id))


async def get_for_update(session: AsyncSession, suggestion_id: UUID) -> Suggestion:
    return _shared(session, await session.get(Suggestion, suggestion_id, with_for_update=True))


def _shared(session: AsyncSession, row: Suggestion | None) -> Suggestion:
    if row is None or work_of(session).organisation not in (row.organisation_id, row.owner_id):
        raise NotFound
    return row


async def list_shared(
    session: AsyncSession, status: SuggestionStatus | None, about_id: UUID | None, limit: int, cursor: str | None
) -> list[Suggestion]:
    """Oldest first; one more than `limit` where there is another page."""
    organisation = work_of(session).organisation
    query = select(Suggestion).where(
        or_(col(Suggestion.organisation_id) == organisation, col(Suggestion.owner_id) == organisation)
    )
    if status is not None:
        query = query.where(Suggestion.status == status)
    if about_id is not None:
        query = query.where(Suggestion.about_id == about_id)
    if cursor is not None:
        query = query.where(col(Suggestion.id) > _position(cursor))
    return list((await session.exec(query.order_by(col(Suggestion.id)).limit(limit + 1))).all())


def _position(cursor: str) -> UUID:
    try:
        return UUID(decode(cursor, 1)[0])
    except ValueError as error:
        raise bad_cursor() from error
