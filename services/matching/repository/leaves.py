"""Reading leaves and colleagues of one organisation."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.models import Colleague, Leave
from shared.errors import NotFound

_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('leaves' || :organisation, 0))")


async def take_turn(session: AsyncSession, organisation: UUID) -> None:
    """One leave of an organisation is entered at a time, so that no two make each other cover."""
    await session.execute(_TURN, {"organisation": str(organisation)})


async def get(session: AsyncSession, leave_id: UUID) -> Leave:
    leave = await session.get(Leave, leave_id)
    if leave is None:
        raise NotFound
    return leave


async def get_for_update(session: AsyncSession, leave_id: UUID) -> Leave:
    query = select(Leave).where(Leave.id == leave_id).with_for_update()
    leave = (await session.exec(query.execution_options(populate_existing=True))).one_or_none()
    if leave is None:
        raise NotFound
    return leave


async def list_since(session: AsyncSession, organisation: UUID, day: date) -> Sequence[Leave]:
    """Leaves that are not over before that day."""
    query = select(Leave).where(Leave.organisation_id == organisation, Leave.ends_on >= day)
    return (await session.exec(query.where(or_(col(Leave.back_on).is_(None), col(Leave.back_on) > day)))).all()


async def list_page(
    session: AsyncSession, organisation: UUID, since: date | None, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Leave]:
    """By their first day; one more than `limit`. With `since` only those that are not over before that day."""
    query = select(Leave).where(Leave.organisation_id == organisation)
    if since:
        query = query.where(Leave.ends_on >= since)
        query = query.where(or_(col(Leave.back_on).is_(None), col(Leave.back_on) > since))
    if after:
        query = query.where(tuple_(col(Leave.begins_on), col(Leave.id)) > after)
    return (await session.exec(query.order_by(col(Leave.begins_on), col(Leave.id)).limit(limit + 1))).all()


async def list_colleagues(session: AsyncSession, organisation: UUID) -> Sequence[Colleague]:
    return (await session.exec(select(Colleague).where(Colleague.organisation_id == organisation))).all()


async def keep_colleague(session: AsyncSession, row: dict[str, Any]) -> None:
    """As the gateway says it now, whatever was said of this membership before."""
    statement = insert(Colleague).values(row)
    await session.execute(statement.on_conflict_do_update(index_elements=["membership_id"], set_=row))
