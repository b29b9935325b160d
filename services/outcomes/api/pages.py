"""How lists that are ordered by id become pages."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from shared.pagination import Page, encode


class _Row(Protocol):
    id: UUID


R = TypeVar("R", bound=_Row)
T = TypeVar("T")


def page(rows: Sequence[R], limit: int, show: Callable[[R], T]) -> Page[T]:
    """`rows` holds one more than `limit` where there is another page."""
    shown = rows[:limit]
    return Page(items=[show(row) for row in shown], next=encode(shown[-1].id) if len(rows) > limit else None)
