"""Finds stages, readings and evaluations; lists are pages in the order in which they were recorded."""

from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.instruments import Instrument
from services.outcomes.models import Evaluation, Reading, Stage
from shared.errors import NotFound
from shared.pagination import bad_cursor, decode

R = TypeVar("R", Stage, Reading, Evaluation)


async def get(session: AsyncSession, kind: type[R], row_id: UUID) -> R:
    row = await session.get(kind, row_id)
    if row is None:
        raise NotFound
    return row


async def list_page(
    session: AsyncSession, kind: type[R], family: UUID, limit: int, cursor: str | None, **equal: object
) -> list[R]:
    """Of one family, and with these values where they are not None; one more than `limit` where there is more."""
    query = select(kind).where(col(kind.family_id) == family)
    for name, value in equal.items():
        if value is not None:
            query = query.where(getattr(kind, name) == value)
    if cursor is not None:
        query = query.where(col(kind.id) > _id_of(cursor))
    return list((await session.exec(query.order_by(col(kind.id)).limit(limit + 1))).all())


def _id_of(cursor: str) -> UUID:
    try:
        return UUID(decode(cursor, 1)[0])
    except ValueError as error:
        raise bad_cursor() from error


async def list_of_instrument(session: AsyncSession, family: UUID, instrument: Instrument) -> list[Reading]:
    """Every reading of one instrument, by the day it was taken."""
    query = select(Reading).where(Reading.family_id == family, Reading.instrument == instrument)
    return list((await session.exec(query.order_by(col(Reading.read_on), col(Reading.id)))).all())
