"""Ids: UUIDv7, made in Python, so that an id exists before its row does."""

from uuid import UUID

from uuid_utils import uuid7 as _uuid7
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new time-ordered id. Its order is a convenience for indexes, never the order of events."""
    return uuid7()


def new_id_text() -> str:
    """The same as text, for where an id is only passed on: a tenth of the work."""
    return str(_uuid7())
