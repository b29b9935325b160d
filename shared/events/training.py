"""What the training service says."""

from typing import ClassVar
from uuid import UUID

from shared.events.base import Event, VolunteerEvent


class InductionEvent(VolunteerEvent):
    TOPIC: ClassVar[str] = "circle.training"
    DETAIL: ClassVar[str] = "/v1/inductions/{induction}"

    induction: UUID


class InductionStarted(InductionEvent):
    TYPE: ClassVar[str] = "circle.induction.started.v1"


class VolunteerQualified(InductionEvent):
    TYPE: ClassVar[str] = "circle.volunteer.qualified.v1"


class VolunteerNotSuitable(InductionEvent):
    TYPE: ClassVar[str] = "circle.volunteer.not-suitable.v1"


class RoundClosed(Event):
    TYPE: ClassVar[str] = "circle.round.closed.v1"
    TOPIC: ClassVar[str] = "circle.training"
    DETAIL: ClassVar[str] = "/v1/rounds/{round}"
    KEY: ClassVar[str] = "round"

    round: UUID


class SessionEvent(Event):
    TOPIC: ClassVar[str] = "circle.training"
    DETAIL: ClassVar[str] = "/v1/sessions/{session}"
    KEY: ClassVar[str] = "session"

    session: UUID


class SessionScheduled(SessionEvent):
    """Planned, or planned anew: with another time, place or trainer."""

    TYPE: ClassVar[str] = "circle.session.scheduled.v1"


class SessionClosed(SessionEvent):
    """It took place, and who came is settled."""

    TYPE: ClassVar[str] = "circle.session.closed.v1"


class SessionCancelled(SessionEvent):
    TYPE: ClassVar[str] = "circle.session.cancelled.v1"


class SessionReminderDue(SessionEvent):
    """It starts soon, and somebody has a place of it."""

    TYPE: ClassVar[str] = "circle.session.reminder-due.v1"


class PlaceOffered(SessionEvent):
    """Somebody who waited has a place now."""

    TYPE: ClassVar[str] = "circle.place.offered.v1"
    DETAIL: ClassVar[str] = "/v1/sessions/{session}/bookings/{booking}"

    booking: UUID


class ReleasePublished(Event):
    TYPE: ClassVar[str] = "circle.release.published.v1"
    TOPIC: ClassVar[str] = "circle.training"
    DETAIL: ClassVar[str] = "/v1/releases/{release}"
    KEY: ClassVar[str] = "release"

    release: UUID
