"""Bodies about volunteer involvement plans and their signatures."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictInt, model_validator

from services.referral.domain.plan import Decision, PlanStatus, SignatoryRole, SignatoryState
from services.referral.schemas.fields import Body, Code, Day, Instant, Language, Line, Prose


class TaskIn(Body):
    """One task: for a child, towards an action of that child's open plan."""

    child: UUID
    action: UUID
    description: Prose


class SignatoryIn(Body):
    """Who has to sign, beside the volunteers, who come with their match."""

    role: Literal["lead_practitioner", "project_manager", "parent"]
    person: UUID


class InvolvementPlanIn(Body):
    """A version of the plan: limits, tasks, rhythm, and who signs."""

    limits: Prose = Field(description="What the volunteer does not do.")
    tasks: list[TaskIn] = Field(default_factory=list, max_length=50)
    carry_over: StrictBool = Field(
        default=False,
        description="Take over the present version's tasks of children who are not named in `tasks`, where still open.",
    )
    visits_a_week: StrictInt = Field(ge=1, le=7)
    length_weeks: StrictInt = Field(ge=1, le=104)
    review_on: Day
    family_input: Prose | None = None
    childs_view: Prose | None = None
    signatories: list[SignatoryIn] = Field(min_length=1, max_length=12)
    interpreter: Language | None = Field(default=None, description="The language that an interpreter spoke.")
    seen_alone_allowed: StrictBool = Field(default=False, description="Whether the volunteer may see a child alone.")

    @model_validator(mode="after")
    def _has_tasks(self) -> "InvolvementPlanIn":
        if not self.tasks and not self.carry_over:
            raise ValueError("a plan has at least one task")
        people = [one.person for one in self.signatories]
        if len(set(people)) != len(people):
            raise ValueError("nobody signs twice")
        return self


class TaskOut(BaseModel):
    """One task. `open`: the child's plan still has this action."""

    id: UUID
    child: UUID
    action: UUID
    description: str
    open: bool


class SignatoryOut(BaseModel):
    """Somebody who has to sign; `person` is missing for a volunteer whose person is not known yet."""

    role: SignatoryRole
    person: UUID | None
    volunteer: UUID | None
    state: SignatoryState


class InvolvementPlanItem(BaseModel):
    """One version in a list, and after a signature."""

    id: UUID
    version: int
    version_number: int
    status: PlanStatus
    referral: UUID
    family: UUID
    review_on: date
    drafted_at: datetime
    agreed_at: datetime | None


class InvolvementPlanOut(InvolvementPlanItem):
    """One version as its workers see it."""

    limits: str
    tasks: list[TaskOut]
    visits_a_week: int
    length_weeks: int
    family_input: str | None
    childs_view: str | None
    interpreter: str | None
    seen_alone_allowed: bool
    signatories: list[SignatoryOut]


class VolunteerTaskOut(BaseModel):
    """A task as the volunteer sees it."""

    id: UUID
    child: UUID
    description: str


class VolunteerPlanOut(BaseModel):
    """A version as a volunteer sees it: own limits and tasks, nothing about plans, reasons or other people."""

    id: UUID
    version: int
    version_number: int
    status: PlanStatus
    limits: str
    tasks: list[VolunteerTaskOut]
    visits_a_week: int
    length_weeks: int
    review_on: date
    seen_alone_allowed: bool
    my_signature: SignatoryState | None


class SignatureIn(Body):
    """One's own signature, or that of a family member, recorded by a worker who does not sign the same version."""

    decision: Decision
    reason_code: Code | None = Field(default=None, description="Why refused; never held against the family.")
    on_behalf_of: UUID | None = Field(default=None, description="The family member who said so.")
    method: Code | None = Field(default=None, description="How they said so.")
    evidence: Prose | None = Field(default=None, description="Where what they said or signed is kept.")
    interpreter: Language | None = None
    witness: Line | None = None
    signed_at: Instant | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "SignatureIn":
        if self.decision is Decision.REFUSED and self.reason_code is None:
            raise ValueError("reason_code is required with a refusal")
        if self.on_behalf_of is not None and (self.method is None or self.evidence is None):
            raise ValueError("method and evidence are required with on_behalf_of")
        return self
