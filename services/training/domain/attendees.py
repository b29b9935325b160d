"""When somebody who gave a name is forgotten."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict
from shared.lifecycle import Lifecycle


class AttendeeStatus(StrEnum):
    """Whether a name is kept. `held`: it is on legal hold, so that nobody and no time erases it."""

    KEPT = "kept"
    HELD = "held"
    ERASED = "erased"


class ErasureReason(StrEnum):
    """Why somebody is erased."""

    PERSON_ASKED = "person_asked"
    ENTERED_WRONGLY = "entered_wrongly"
    RETENTION_ENDED = "retention_ended"


class HoldReason(StrEnum):
    """Why a name is on legal hold."""

    COURT_PROCEEDINGS = "court_proceedings"
    INVESTIGATION = "investigation"
    COMPLAINT = "complaint"


ATTENDEES = Lifecycle({
    AttendeeStatus.KEPT: {AttendeeStatus.HELD, AttendeeStatus.ERASED},
    AttendeeStatus.HELD: {AttendeeStatus.KEPT},
})  # fmt: skip
# Nobody says so: it follows from a restored copy, or from somebody's erasure.
RESTORED = "restored_copy"
ERASED = "erased"


def require_erasable(status: AttendeeStatus) -> None:
    if status is AttendeeStatus.HELD:
        raise Conflict(
            "The name is on legal hold: end the hold first.", name="on-legal-hold", title="It is on legal hold"
        )
    if status is AttendeeStatus.ERASED:
        raise Conflict("This name has been erased before.", name="already-erased")


def kept_until(needed: Iterable[datetime], kept: timedelta) -> datetime | None:
    """Until when the name of somebody who was never there is kept: so long after the last day that it was for."""
    last = max(needed, default=None)
    return None if last is None else last + kept
