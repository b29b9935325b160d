"""What the matching service says.

`answers` is the person who answers for the volunteer on that day, their coordinator or whoever covers; None is nobody.
"""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from shared.events.base import LA, SCHEME, CaseEvent, Event, VolunteerEvent


class VolunteerMoved(VolunteerEvent):
    TOPIC: ClassVar[str] = "circle.matching"
    DETAIL: ClassVar[str] = "/v1/volunteers/{volunteer}"


class VolunteerApplied(VolunteerMoved):
    TYPE: ClassVar[str] = "circle.volunteer.applied.v1"


class VolunteerCleared(VolunteerMoved):
    TYPE: ClassVar[str] = "circle.volunteer.cleared.v1"


class VolunteerSuspended(VolunteerMoved):
    TYPE: ClassVar[str] = "circle.volunteer.suspended.v1"


class VolunteerLeft(VolunteerMoved):
    TYPE: ClassVar[str] = "circle.volunteer.left.v1"


class VolunteerOnBreak(VolunteerMoved):
    TYPE: ClassVar[str] = "circle.volunteer.on-break.v1"


class VolunteerReinstated(VolunteerMoved):
    TYPE: ClassVar[str] = "circle.volunteer.reinstated.v1"


class VolunteerClearanceExpiring(VolunteerMoved):
    """So many days ahead of the day on which the clearance runs out."""

    TYPE: ClassVar[str] = "circle.volunteer.clearance-expiring.v1"

    days: int
    expires_on: date
    answers: UUID | None = None


class VolunteerClearanceExpired(VolunteerMoved):
    TYPE: ClassVar[str] = "circle.volunteer.clearance-expired.v1"

    expires_on: date
    answers: UUID | None = None


class SupervisionHeld(VolunteerEvent):
    TYPE: ClassVar[str] = "circle.supervision.held.v1"
    TOPIC: ClassVar[str] = "circle.matching"
    DETAIL: ClassVar[str] = "/v1/supervisions/{supervision}"

    supervision: UUID


class AllegationEvent(Event):
    """An allegation, for the organisations whose designated leads may know. It does not say against whom."""

    TOPIC: ClassVar[str] = "circle.matching"
    DETAIL: ClassVar[str] = "/v1/allegations/{allegation}"
    KEY: ClassVar[str] = "allegation"

    allegation: UUID


class AllegationOpened(AllegationEvent):
    TYPE: ClassVar[str] = "circle.allegation.opened.v1"

    lado_due_at: datetime


class AllegationLadoNotTold(AllegationEvent):
    """The local authority's designated officer should have been told by now."""

    TYPE: ClassVar[str] = "circle.allegation.lado-not-told.v1"

    due_at: datetime


class AllegationDecided(AllegationEvent):
    """What came of it is behind `detail`."""

    TYPE: ClassVar[str] = "circle.allegation.decided.v1"


class MatchRequestEvent(CaseEvent):
    TOPIC: ClassVar[str] = "circle.matching"
    DETAIL: ClassVar[str] = "/v1/match-requests/{match_request}"

    referral: UUID
    match_request: UUID


class MatchRequestOpened(MatchRequestEvent):
    TYPE: ClassVar[str] = "circle.match-request.opened.v1"


class MatchRequestReopened(MatchRequestEvent):
    TYPE: ClassVar[str] = "circle.match-request.reopened.v1"


class MatchRequestClosed(MatchRequestEvent):
    TYPE: ClassVar[str] = "circle.match-request.closed.v1"


class MatchEvent(CaseEvent):
    TOPIC: ClassVar[str] = "circle.matching"
    DETAIL: ClassVar[str] = "/v1/matches/{match}"
    PARTS: ClassVar[tuple[str, ...]] = (LA, SCHEME)

    referral: UUID
    match: UUID
    volunteer: UUID


class MatchProposed(MatchEvent):
    TYPE: ClassVar[str] = "circle.match.proposed.v1"


class MatchAgreed(MatchEvent):
    TYPE: ClassVar[str] = "circle.match.agreed.v1"

    volunteer_person: UUID | None = None


class MatchCancelled(MatchEvent):
    TYPE: ClassVar[str] = "circle.match.cancelled.v1"

    reason_code: str


class MatchIntroduced(MatchEvent):
    TYPE: ClassVar[str] = "circle.match.introduced.v1"

    volunteer_person: UUID | None = None
    introduced_on: date | None = None


class MatchStarted(MatchEvent):
    TYPE: ClassVar[str] = "circle.match.started.v1"

    started_on: date | None = None


class MatchPaused(MatchEvent):
    TYPE: ClassVar[str] = "circle.match.paused.v1"

    reason_code: str
    volunteer_person: UUID | None = None


class MatchResumed(MatchEvent):
    TYPE: ClassVar[str] = "circle.match.resumed.v1"

    volunteer_person: UUID | None = None


class MatchClearanceLapsed(MatchEvent):
    """From this day the volunteer of this running match is not cleared."""

    TYPE: ClassVar[str] = "circle.match.clearance-lapsed.v1"
    PARTS: ClassVar[tuple[str, ...]] = (SCHEME,)

    answers: UUID | None = None


class MatchEnding(MatchEvent):
    """The referral comes to its end; the volunteer says goodbye."""

    TYPE: ClassVar[str] = "circle.match.ending.v1"


class MatchEnded(MatchEvent):
    TYPE: ClassVar[str] = "circle.match.ended.v1"

    reason_code: str
    volunteer_person: UUID | None = None
    ended_on: date | None = None


class VisitEvent(CaseEvent):
    TOPIC: ClassVar[str] = "circle.matching"
    DETAIL: ClassVar[str] = "/v1/matches/{match}/visits/{visit}"
    PARTS: ClassVar[tuple[str, ...]] = (LA, SCHEME)

    match: UUID
    visit: UUID


class VisitPlanned(VisitEvent):
    TYPE: ClassVar[str] = "circle.visit.planned.v1"

    starts_at: datetime
    ends_at: datetime


class VisitClosed(VisitEvent):
    TYPE: ClassVar[str] = "circle.visit.closed.v1"

    outcome: str


class VisitCheckedIn(VisitEvent):
    TYPE: ClassVar[str] = "circle.visit.checked-in.v1"
    PARTS: ClassVar[tuple[str, ...]] = (SCHEME,)

    checked_in_at: datetime


class VisitCheckedOut(VisitEvent):
    """Also when it comes late: `visit.not-checked-out` stands, and this says that it is over."""

    TYPE: ClassVar[str] = "circle.visit.checked-out.v1"
    PARTS: ClassVar[tuple[str, ...]] = (SCHEME,)

    checked_out_at: datetime


class VisitNotCheckedOut(VisitEvent):
    """Nobody has checked out in time: whoever is on duty telephones."""

    TYPE: ClassVar[str] = "circle.visit.not-checked-out.v1"
    PARTS: ClassVar[tuple[str, ...]] = (SCHEME,)

    due_at: datetime
    answers: UUID | None = None


class ContactRecorded(VisitEvent):
    TYPE: ClassVar[str] = "circle.contact.recorded.v1"
    DETAIL: ClassVar[str] = "/v1/matches/{match}/contacts/{contact}"

    contact: UUID


class ContactCorrected(VisitEvent):
    """A new version of a record; `corrects` stays beside it."""

    TYPE: ClassVar[str] = "circle.contact.corrected.v1"
    DETAIL: ClassVar[str] = "/v1/matches/{match}/contacts/{contact}"

    contact: UUID
    corrects: UUID


class ContactOverdue(VisitEvent):
    TYPE: ClassVar[str] = "circle.contact.overdue.v1"

    due_at: datetime
    answers: UUID | None = None


class ChildNotSeen(VisitEvent):
    TYPE: ClassVar[str] = "circle.child.not-seen.v1"

    child: UUID


class MatchPlanEvent(Event):
    """About a plan for all waiting families; to the organisation that made it."""

    TOPIC: ClassVar[str] = "circle.matching"
    DETAIL: ClassVar[str] = "/v1/match-plans/{plan}"
    KEY: ClassVar[str] = "plan"
    PARTS: ClassVar[tuple[str, ...]] = (SCHEME,)

    plan: UUID


class MatchPlanPlanned(MatchPlanEvent):
    TYPE: ClassVar[str] = "circle.match-plan.planned.v1"


class MatchPlanAccepted(MatchPlanEvent):
    """So many pairs of it became matches at once."""

    TYPE: ClassVar[str] = "circle.match-plan.accepted.v1"

    pairs: int


class MatchPlanCancelled(MatchPlanEvent):
    TYPE: ClassVar[str] = "circle.match-plan.cancelled.v1"
