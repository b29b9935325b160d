"""Pages over lists that are ordered by one id."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from shared.pagination import Page, bad_cursor, decode, encode

T = TypeVar("T", bound=BaseModel)


def place_of(cursor: str | None) -> UUID | None:
    """The id that a cursor stands for."""
    if cursor is None:
        return None
    try:
        return UUID(decode(cursor, 1)[0])
    except ValueError as error:
        raise bad_cursor() from error


def page_of(items: Sequence[T], ids: Sequence[UUID], limit: int) -> Page[T]:
    """A page of what was read with one item more than `limit`."""
    shown = list(items[:limit])
    return Page[T](items=shown, next=encode(ids[limit - 1]) if len(items) > limit else None)
