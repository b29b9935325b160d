"""Which sessions everybody may read of, and what is said of their places."""

from enum import StrEnum
from typing import Final

from services.training.domain.sessions import SessionStatus

_FEW: Final = 3


class Room(StrEnum):
    """Whether somebody who asks now gets a place; a number would tell outsiders how many come."""

    PLACES = "places"
    FEW = "few"
    WAITING_LIST = "waiting_list"


def is_open(status: SessionStatus, *, public: bool) -> bool:
    """A session that somebody has declared public, as long as it takes bookings."""
    return public and status is SessionStatus.PLANNED


def room(capacity: int, booked: int) -> Room:
    """A few are three, or a tenth of a larger room."""
    free = capacity - booked
    if free <= 0:
        return Room.WAITING_LIST
    return Room.FEW if free <= max(_FEW, capacity // 10) else Room.PLACES
