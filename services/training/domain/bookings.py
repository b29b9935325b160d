"""What may happen to a booking: who has a place, who waits for one, and who moves up."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from services.training.domain.sessions import SessionStatus
from shared.errors import Conflict
from shared.lifecycle import Lifecycle

K = TypeVar("K")


class BookingStatus(StrEnum):
    """Whether there is a place for whoever asked."""

    WAITING = "waiting"
    BOOKED = "booked"
    CANCELLED = "cancelled"


class BookingReason(StrEnum):
    """Why somebody who asked does not come."""

    NOT_COMING = "not_coming"
    NOT_REACHED = "not_reached"
    ENTERED_WRONGLY = "entered_wrongly"
    OTHER = "other"


# Nobody says so: it follows from the session.
SESSION_CANCELLED = "session_cancelled"
BOOKINGS = Lifecycle({
    BookingStatus.WAITING: {BookingStatus.BOOKED, BookingStatus.CANCELLED},
    BookingStatus.BOOKED: {BookingStatus.CANCELLED},
})  # fmt: skip


def takes_bookings(status: SessionStatus, starts_at: datetime, now: datetime) -> bool:
    """Whether places of the session may still be given and given back."""
    return status is SessionStatus.PLANNED and now < starts_at


def require_takes_bookings(status: SessionStatus, starts_at: datetime, now: datetime) -> None:
    if not takes_bookings(status, starts_at, now):
        raise Conflict(
            "Places are booked and given back while a session is planned and has not begun.",
            name="session-takes-no-bookings",
            title="The session takes no bookings any more",
            session_status=status.value,
        )


def require_ever_fits(places: int, capacity: int) -> None:
    """Whoever is more than the session has room for would wait for ever."""
    if places > capacity:
        raise Conflict(
            "They are more than the session has room for.", name="larger-than-session", places=places, capacity=capacity
        )


def require_room_for_booked(booked: int, capacity: int) -> None:
    """Nobody loses a place because a session is planned anew for fewer."""
    if booked > capacity:
        raise Conflict(
            "More places are booked. Cancel bookings first, or plan for as many.",
            name="more-places-booked",
            booked=booked,
            capacity=capacity,
        )


def moving_up(waiting: Iterable[tuple[K, int]], free: int) -> list[K]:
    """Who of those who wait, in the order of asking and each with a number of places, gets places that are free.

    A group that is larger than what is free keeps its turn, and the next that fits goes before it.
    """
    moving = []
    for one, places in waiting:
        if places <= free:
            moving.append(one)
            free -= places
    return moving
