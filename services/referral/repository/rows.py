"""Getting one row by its id: what row policies hide is not there."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import audit
from shared.direct import Direct
from shared.errors import NotFound
from shared.pagination import bad_cursor, decode
from shared.tables import Tenanted

Row = TypeVar("Row", bound=Tenanted)


async def find(session: AsyncSession, table: type[Row], row_id: UUID) -> Row | None:
    """The row, or None."""
    return (await session.exec(select(table).where(col(table.id) == row_id))).one_or_none()


async def get(session: AsyncSession | Direct, table: type[Row], row_id: UUID) -> Row:
    """The row, or `NotFound`."""
    found = session.load(table, row_id) if isinstance(session, Direct) else find(session, table, row_id)
    row = await found
    if row is None:
        raise NotFound
    return row


async def get_seen(session: AsyncSession | Direct, table: type[Row], row_id: UUID, kind: str) -> Row:
    """The row, or `NotFound`; that it is shown is noted for the audit."""
    if isinstance(session, Direct):
        row = await session.load_seen(table, row_id, kind)
        if row is None:
            raise NotFound
        return row
    row = await get(session, table, row_id)
    audit.saw(session, kind, row_id)
    return row


async def find_for_update(session: AsyncSession, table: type[Row], row_id: UUID) -> Row | None:
    """The row as it is now, locked, or None."""
    query = select(table).where(col(table.id) == row_id).with_for_update()
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()


async def get_for_update(session: AsyncSession, table: type[Row], row_id: UUID) -> Row:
    """The row as it is now, locked, or `NotFound`."""
    row = await find_for_update(session, table, row_id)
    if row is None:
        raise NotFound
    return row


def before(table: type[Tenanted], cursor: str | None) -> list[ColumnElement[bool]]:
    """The condition of a newest-first page that begins after the cursor."""
    if cursor is None:
        return []
    try:
        return [col(table.id) < UUID(decode(cursor, 1)[0])]
    except ValueError as error:
        raise bad_cursor() from error
