"""What may happen to a session."""

from datetime import datetime
from enum import StrEnum

from shared.errors import Conflict
from shared.lifecycle import Lifecycle


class SessionStatus(StrEnum):
    """Where a session stands. `closed`: who came is settled, and counts."""

    PLANNED = "planned"
    HELD = "held"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class CancelReason(StrEnum):
    """Why a session does not take place."""

    TOO_FEW = "too_few"
    TRAINER_UNAVAILABLE = "trainer_unavailable"
    VENUE_UNAVAILABLE = "venue_unavailable"
    WEATHER = "weather"
    OTHER = "other"


class OverCapacity(StrEnum):
    """Why more people came than there was room for."""

    CAME_UNANNOUNCED = "came_unannounced"
    CAME_AS_A_GROUP = "came_as_a_group"
    LARGER_ROOM = "larger_room"
    OTHER = "other"


# Planned again is planned: with another time, place or trainer.
SESSIONS = Lifecycle({
    SessionStatus.PLANNED: {SessionStatus.PLANNED, SessionStatus.HELD, SessionStatus.CANCELLED},
    SessionStatus.HELD: {SessionStatus.CLOSED},
})  # fmt: skip


def require_begun(starts_at: datetime, now: datetime) -> None:
    """What has not begun was neither held nor attended."""
    if starts_at > now:
        raise Conflict("The session has not begun.", name="session-not-begun")


def took_place(status: SessionStatus) -> bool:
    """Whether people were there."""
    return status in (SessionStatus.HELD, SessionStatus.CLOSED)


def require_room(attending: int, capacity: int, reason: OverCapacity | None) -> None:
    """More people than there was room for are a slip, unless somebody says how that came."""
    if attending > capacity and reason is None:
        raise Conflict(
            "More people are recorded than the session has room for. If that is so, say why in over_capacity_reason.",
            name="over-capacity",
            title="More people came than there was room for",
            capacity=capacity,
            attending=attending,
        )
