"""The keyset of this service's lists: everything behind an instant and an id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import tuple_

from shared.pagination import bad_cursor, decode


def after(query: Any, instant: Any, row_id: Any, cursor: str | None) -> Any:
    """The query, ordered, from behind the cursor on."""
    if cursor is not None:
        query = query.where(tuple_(instant, row_id) > tuple_(*position(cursor)))
    return query.order_by(instant, row_id)


def position(cursor: str) -> tuple[datetime, UUID]:
    """The (instant, id) of a cursor."""
    instant, row_id = decode(cursor, 2)
    try:
        return datetime.fromisoformat(instant), UUID(row_id)
    except ValueError as error:
        raise bad_cursor() from error
