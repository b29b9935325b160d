"""Cursors of this service's lists: what `next` holds, read back into the values that a query continues after."""

from datetime import date, datetime
from uuid import UUID

from shared.pagination import bad_cursor, decode


def id_after(cursor: str | None) -> UUID | None:
    """The id after which a list goes on."""
    try:
        return UUID(decode(cursor, 1)[0]) if cursor else None
    except ValueError as error:
        raise bad_cursor() from error


def position_after(cursor: str | None) -> int:
    """The position in a chain after which a list goes on."""
    try:
        return int(decode(cursor, 1)[0]) if cursor else 0
    except ValueError as error:
        raise bad_cursor() from error


def day_after(cursor: str | None) -> tuple[date, UUID] | None:
    """The day and id after which a list goes on."""
    if not cursor:
        return None
    day, row = decode(cursor, 2)
    try:
        return date.fromisoformat(day), UUID(row)
    except ValueError as error:
        raise bad_cursor() from error


def instant_after(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The instant and id after which a list goes on."""
    if not cursor:
        return None
    instant, row = decode(cursor, 2)
    try:
        found = datetime.fromisoformat(instant), UUID(row)
    except ValueError as error:
        raise bad_cursor() from error
    if found[0].tzinfo is None:
        raise bad_cursor()
    return found
