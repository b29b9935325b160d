"""What the referral service says."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.base import LA, SCHEME, CaseEvent


class FamilyEvent(CaseEvent):
    TOPIC: ClassVar[str] = "circle.referral"
    DETAIL: ClassVar[str] = "/v1/families/{family}"

    children: tuple[UUID, ...] = ()
    adults: tuple[UUID, ...] = ()


class FamilyRegistered(FamilyEvent):
    TYPE: ClassVar[str] = "circle.family.registered.v1"


class FamilyChanged(FamilyEvent):
    TYPE: ClassVar[str] = "circle.family.changed.v1"


class ReferralEvent(CaseEvent):
    TOPIC: ClassVar[str] = "circle.referral"
    DETAIL: ClassVar[str] = "/v1/referrals/{referral}"

    referral: UUID
    kind: str = "volunteer_support"


class ReferralSubmitted(ReferralEvent):
    TYPE: ClassVar[str] = "circle.referral.submitted.v1"

    decision_due: datetime


class ReferralTriaged(ReferralEvent):
    TYPE: ClassVar[str] = "circle.referral.triaged.v1"


class ReferralAccepted(ReferralEvent):
    TYPE: ClassVar[str] = "circle.referral.accepted.v1"

    children: tuple[UUID, ...]
    accepted_on: date
    received_on: date


class ReferralOutcome(ReferralEvent):
    reason_code: str


class ReferralDeclined(ReferralOutcome):
    TYPE: ClassVar[str] = "circle.referral.declined.v1"


class ReferralSignposted(ReferralOutcome):
    TYPE: ClassVar[str] = "circle.referral.signposted.v1"


class ReferralWithdrawn(ReferralOutcome):
    TYPE: ClassVar[str] = "circle.referral.withdrawn.v1"


class ReferralActivated(ReferralEvent):
    TYPE: ClassVar[str] = "circle.referral.activated.v1"


class ReferralEnding(ReferralEvent):
    TYPE: ClassVar[str] = "circle.referral.ending.v1"


class ReferralConcluded(ReferralOutcome):
    TYPE: ClassVar[str] = "circle.referral.concluded.v1"


class DecisionOverdue(ReferralEvent):
    TYPE: ClassVar[str] = "circle.decision.overdue.v1"

    due_at: datetime


class AssessmentOverdue(ReferralEvent):
    TYPE: ClassVar[str] = "circle.assessment.overdue.v1"

    due_at: datetime


class RiskAssessmentCompleted(ReferralEvent):
    TYPE: ClassVar[str] = "circle.risk-assessment.completed.v1"
    DETAIL: ClassVar[str] = "/v1/referrals/{referral}/risk-assessments"

    risk_assessment: UUID
    level: str


class RiskChanged(ReferralEvent):
    """The risk has to be assessed again; no visit until `risk-assessment.completed`."""

    TYPE: ClassVar[str] = "circle.risk.changed.v1"
    DETAIL: ClassVar[str] = "/v1/referrals/{referral}/risk-changes"
    PARTS: ClassVar[tuple[str, ...]] = (LA, SCHEME)

    risk_change: UUID


class AssessmentVisitRecorded(ReferralEvent):
    TYPE: ClassVar[str] = "circle.assessment-visit.recorded.v1"
    DETAIL: ClassVar[str] = "/v1/referrals/{referral}/assessment-visit"

    visited_on: date


class InvolvementPlanEvent(ReferralEvent):
    DETAIL: ClassVar[str] = "/v1/involvement-plans/{involvement_plan}"

    involvement_plan: UUID
    version_number: int


class InvolvementPlanDrafted(InvolvementPlanEvent):
    TYPE: ClassVar[str] = "circle.involvement-plan.drafted.v1"


class InvolvementPlanAgreed(InvolvementPlanEvent):
    TYPE: ClassVar[str] = "circle.involvement-plan.agreed.v1"

    tasks: tuple[UUID, ...] = ()
    volunteers: tuple[UUID, ...] = ()
    seen_alone_allowed: bool = False
    visits_a_week: int = 1
    review_on: date | None = None


class InvolvementPlanRefused(InvolvementPlanEvent):
    TYPE: ClassVar[str] = "circle.involvement-plan.refused.v1"


class ConcernEvent(CaseEvent):
    """A concern: the local authority only. `family` is the concern itself where no family is named."""

    TOPIC: ClassVar[str] = "circle.referral"
    DETAIL: ClassVar[str] = "/v1/concerns/{concern}"
    PARTS: ClassVar[tuple[str, ...]] = (LA,)

    concern: UUID


class ConcernRaised(ConcernEvent):
    TYPE: ClassVar[str] = "circle.concern.raised.v1"

    raised_at: datetime
    volunteer: UUID | None = None
    """The volunteer whom it is about, where it is about one."""


class ConcernAcknowledged(ConcernEvent):
    TYPE: ClassVar[str] = "circle.concern.acknowledged.v1"


class ConcernUnacknowledged(ConcernEvent):
    TYPE: ClassVar[str] = "circle.concern.unacknowledged.v1"

    due_at: datetime


class ConcernDecided(ConcernEvent):
    TYPE: ClassVar[str] = "circle.concern.decided.v1"

    decision: str


class Grant(BaseModel):
    """One line of who may see a case: an organisation in its part, or one person of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    organisation: UUID
    part: str
    person: UUID | None = None


class CaseAccessChanged(CaseEvent):
    """The whole list of who may see the case from now on; a lower `revision` than the known one is old news."""

    TYPE: ClassVar[str] = "circle.case-access.changed.v1"
    TOPIC: ClassVar[str] = "circle.referral"
    DETAIL: ClassVar[str] = "/v1/families/{family}"
    PARTS: ClassVar[tuple[str, ...]] = (LA, SCHEME)

    revision: int
    grants: tuple[Grant, ...]


class SubjectErased(CaseEvent):
    """A person's or a case's key is to be destroyed everywhere."""

    TYPE: ClassVar[str] = "circle.subject.erased.v1"
    TOPIC: ClassVar[str] = "circle.referral"
    DETAIL: ClassVar[str] = "/v1/families/{family}"
    PARTS: ClassVar[tuple[str, ...]] = (LA,)

    subject_kind: Literal["person", "case"]
    subject: UUID
