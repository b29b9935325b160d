"""Bodies about concerns."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.referral.domain.concern import ConcernStatus, SubjectKind
from services.referral.schemas.fields import Body, Code, HappenedAt, Prose


class ConcernSubjectIn(Body):
    """What the concern is raised on."""

    kind: SubjectKind = SubjectKind.NONE
    id: UUID | None = None


class ConcernIn(Body):
    """A concern, by anybody."""

    subject: ConcernSubjectIn = ConcernSubjectIn()
    family: UUID | None = None
    about_person: UUID | None = Field(default=None, description="Whom it is about; they will never see it.")
    about_volunteer: UUID | None = None
    text: Prose
    happened_at: HappenedAt = None


class ConcernRaisedOut(BaseModel):
    """The answer to whoever raised it: a reference, and whom to call when it cannot wait."""

    id: UUID
    version: int
    status: ConcernStatus
    raised_at: datetime
    emergency: str = Field(description="Show this, always.")
    endpoint_enabled: bool | None = Field(
        description="Whether the authority's system is there to hear it at once; null: not known here."
    )


class ConcernItem(BaseModel):
    """A concern in a list, and after a move."""

    id: UUID
    version: int
    status: ConcernStatus
    family: UUID | None
    subject_kind: SubjectKind
    subject: UUID | None
    raised_at: datetime
    due_at: datetime = Field(description="By when somebody has to have acknowledged it.")
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    decided_at: datetime | None
    decision: str | None


class ConcernOut(ConcernItem):
    """A concern as the authority's leads see it."""

    about_person: UUID | None
    about_volunteer: UUID | None
    text: str
    decision_text: str | None
    raised_by_organisation: UUID | None
    happened_at: datetime | None
    emergency: str


class DecideIn(Body):
    """What is done about it."""

    decision: Code
    text: Prose | None = None
