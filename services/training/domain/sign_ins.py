"""Until when people may sign in at a session themselves, and how many of them."""

from datetime import datetime, timedelta
from typing import Final

from services.training.domain.sessions import SessionStatus
from shared.errors import Conflict

# For whoever does not say with which group they came: every participation has one.
NO_GROUP: Final = "No group stated"
# A link that has got into the wrong hands is not to fill the sheet for ever.
_SPARE: Final = 20


def until(ends_at: datetime, late: timedelta) -> datetime:
    """When a session's link ends."""
    return ends_at + late


def takes_sign_ins(status: SessionStatus, ends_at: datetime, late: timedelta, now: datetime) -> bool:
    """Whether the link of such a session is good: it is not over, called off or closed."""
    return status in (SessionStatus.PLANNED, SessionStatus.HELD) and now < until(ends_at, late)


def require_link(status: SessionStatus, ends_at: datetime, late: timedelta, now: datetime) -> None:
    """A link is made for a session at which people can still sign in."""
    if not takes_sign_ins(status, ends_at, late, now):
        raise Conflict(
            "People sign in at a session that is not over.",
            name="session-takes-no-sign-ins",
            session_status=status.value,
        )


def require_more(signed_in: int, capacity: int) -> None:
    """By one link twice as many can sign in as there are places, and some more."""
    if signed_in >= 2 * capacity + _SPARE:
        raise Conflict(
            "More people have signed in by this link than can be. The trainer can make a new one.",
            name="sign-in-full",
            title="The link is used up",
        )
