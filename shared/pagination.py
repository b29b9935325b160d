"""Pages: an opaque cursor over a unique, ordered tail; no totals, a capped limit."""

import base64
import binascii
from typing import Annotated, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel

from shared.errors import invalid

T = TypeVar("T")
MAX_LIMIT = 200

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at the most.")]
Cursor = Annotated[str | None, Query(max_length=512, description="`next` of the page before; opaque.")]


class Page(BaseModel, Generic[T]):
    """One page. `next` is missing on the last one."""

    items: list[T]
    next: str | None = None


def encode(*values: object) -> str:
    """A cursor of the values of the ordering columns of the last item shown."""
    return base64.urlsafe_b64encode(orjson.dumps([str(value) for value in values])).decode().rstrip("=")


def decode(cursor: str, count: int) -> list[str]:
    """The values of a cursor; 422 `bad-cursor` when it is not one of ours."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise bad_cursor() from error
    if not isinstance(values, list) or len(values) != count or not all(isinstance(value, str) for value in values):
        raise bad_cursor()
    return values


def bad_cursor() -> Exception:
    """The refusal of a cursor that we did not hand out."""
    return invalid("/query/cursor", "bad-cursor", "This cursor was not handed out by this list.", name="bad-cursor")
