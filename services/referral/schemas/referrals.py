"""Bodies about referrals, their risk, their first visit and their end."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictInt, StringConstraints, model_validator

from services.referral.domain.referral import Kind, LawfulBasis, Status
from services.referral.domain.risk import Level, LoneWorking, Part, RiskState
from services.referral.schemas.fields import Body, Code, Day, Instant, Language, Move, Prose, ReasonedMove

Codes = Annotated[list[Code], Field(max_length=30)]


class Slot(Body):
    """A part of a day of the week."""

    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    part: Literal["morning", "afternoon", "evening"]


Age = Annotated[StrictInt, Field(ge=16, le=120)]


class RequestsIn(Body):
    """What the family asks for."""

    volunteer_gender: Literal["female", "male"] | None = None
    visits_a_week: StrictInt = Field(default=1, ge=1, le=7)
    skills: Codes = Field(default_factory=list)
    interests: Codes = Field(default_factory=list)
    knowledge: Codes = Field(default_factory=list)
    language: Language | None = None
    availability: list[Slot] = Field(default_factory=list, max_length=21, description="When visits would suit.")
    age_from: Age | None = Field(default=None, description="The volunteer's age, from …")
    age_to: Age | None = Field(default=None, description="… to, inclusive.")
    volunteers: StrictInt = Field(default=1, ge=1, le=3, description="How many volunteers are wanted.")
    ethnicity_may_count: StrictBool = Field(
        default=False, description="The family asked for, or agreed to, its ethnicity counting in the choice."
    )
    faith: Code | None = Field(default=None, description="Taken down only where the family wishes it to count.")
    faith_may_count: StrictBool = Field(
        default=False, description="The family asked for, or agreed to, its faith counting in the choice."
    )

    @model_validator(mode="after")
    def _faith_counts(self) -> "RequestsIn":
        if self.faith is not None and not self.faith_may_count:
            raise ValueError("a faith is taken down only where it may count")
        return self


class RequestsOut(BaseModel):
    """What the family asks for."""

    volunteer_gender: str | None = None
    visits_a_week: int = 1
    skills: list[str] = []
    interests: list[str] = []
    knowledge: list[str] = []
    language: str | None = None
    availability: list[Slot] = []
    age_from: int | None = None
    age_to: int | None = None
    volunteers: int = 1
    faith: str | None = None
    faith_may_count: bool = False


class AgreementIn(Body):
    """The family's agreement to the service, which is not the basis of any disclosure."""

    agreed: StrictBool
    method: Code = Field(description="How they said so, for instance verbal or written.")
    recorded_by: UUID | None = Field(default=None, description="The worker who heard it; the caller if left out.")
    given_by: list[UUID] = Field(default_factory=list, max_length=10)
    agreed_on: Day


class AgreementOut(BaseModel):
    """The family's agreement to the service."""

    agreed: bool
    method: str
    recorded_by: UUID | None
    given_by: list[UUID]
    agreed_on: date


class LawfulBasisIn(Body):
    """Why the family's records may be disclosed to the receiving organisation."""

    basis: LawfulBasis
    special_category_condition: Code
    criminal_condition: Code | None = Field(default=None, description="Where criminal-offence data are disclosed.")


class LawfulBasisOut(BaseModel):
    """Why the family's records may be disclosed."""

    basis: str
    special_category_condition: str | None
    criminal_condition: str | None


class ReferralIn(Body):
    """A referral as it is drafted."""

    family: UUID
    kind: Kind
    scheme: UUID = Field(description="The organisation that is to receive it.")
    children: list[UUID] | None = Field(
        default=None, max_length=20, description="The children it is about; all of the family if left out."
    )
    received_at: Instant | None = Field(default=None, description="When it was received; clocks run from here.")
    reasons: list[Code] = Field(min_length=1, max_length=20)
    reason_text: Prose | None = None
    requests: RequestsIn = RequestsIn()
    agreement: AgreementIn | None = None
    lawful_basis: LawfulBasisIn | None = None
    informed: StrictBool | None = Field(default=None, description="Whether the family was told of the disclosure.")
    not_informed_reason: Code | None = Field(default=None, description="Why it was not safe to tell them.")

    @model_validator(mode="after")
    def _says_why_not(self) -> "ReferralIn":
        if self.informed is False and self.not_informed_reason is None:
            raise ValueError("not_informed_reason is required when the family was not informed")
        return self


class ReferralItem(BaseModel):
    """A referral in a list, and after a move."""

    id: UUID
    version: int
    status: Status
    kind: Kind
    family: UUID
    organisation: UUID
    scheme: UUID
    children: list[UUID]
    received_at: datetime
    submitted_at: datetime | None
    decision_due: datetime | None
    assessment_due: datetime | None
    calendar_version: str | None = Field(description="The version of the bank holidays that the due dates are of.")
    decided_at: datetime | None
    accepted_on: date | None
    outcome_reason: str | None
    earlier_referrals: int = Field(description="Referrals of the same family in the twelve months before.")
    risk_state: RiskState
    risk_level: Level | None
    assessment_visit_on: date | None


class ReferralOut(ReferralItem):
    """A referral as its workers see it."""

    reasons: list[str]
    reason_text: str | None
    requests: RequestsOut
    ethnicity_may_count: bool
    agreement: AgreementOut | None
    lawful_basis: LawfulBasisOut | None
    informed: bool | None
    not_informed_reason: str | None


class RiskIn(Body):
    """What was found, how great the risk is, and what lessens it."""

    hazards: list[Code] = Field(default_factory=list, max_length=30)
    level: Level
    lone_working: LoneWorking
    mitigations: Prose | None = None


class RiskAssessmentIn(RiskIn):
    """An assessment of the referral's risk."""

    part: Part = Part.PAPERS
    assessed_at: Instant | None = None


class RiskAssessmentOut(BaseModel):
    """One assessment of the referral's risk."""

    id: UUID
    referral: UUID
    part: Part
    hazards: list[str]
    level: Level
    lone_working: LoneWorking
    mitigations: str | None
    assessed_by: str
    assessed_at: datetime


class RiskChangeIn(Move):
    """Something about the risk has changed: no visit until it is assessed again."""

    reasons: list[Code] = Field(min_length=1, max_length=20)
    description: Prose | None = None


class RiskChangeOut(BaseModel):
    """A change of risk that was recorded."""

    id: UUID
    referral: UUID
    reasons: list[str]
    happened_at: datetime


Reading = Annotated[StrictInt, Field(ge=1, le=10)]


class BaselineIn(Body):
    """Readings of a star-like instrument: codes of areas and numbers, never wording."""

    instrument: Code = Field(examples=["family_star"])
    edition: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    completed_by: Code = Field(examples=["family_and_worker"])
    areas: dict[Code, Reading] = Field(min_length=1, max_length=20, description="Area code → 1 to 10.")


class BaselineOut(BaseModel):
    """The first readings."""

    instrument: str
    edition: str
    completed_by: str
    areas: dict[str, int]


class AssessmentVisitIn(Body):
    """The first visit: the home part of the risk assessment, and the baseline."""

    visited_on: Day
    conducted_by: UUID | None = Field(default=None, description="The worker who visited; the caller if left out.")
    risk: RiskIn
    baseline: BaselineIn
    notes: Prose | None = None


class AssessmentVisitOut(BaseModel):
    """The first visit with its baseline."""

    id: UUID
    referral: UUID
    family: UUID
    visited_on: date
    conducted_by: str
    risk_assessment: UUID
    baseline: BaselineOut
    notes: str | None


class CaseFactsOut(BaseModel):
    """What other services have to know and may not hear on the bus."""

    referral: UUID
    family: UUID
    children: list[UUID]
    adults: list[UUID]
    ages: list[int] = Field(description="Completed years of the referral's children who are born, youngest first.")
    outcode: str | None = Field(description="None where it is not known or confidential.")
    languages: list[str]
    ethnicity: str | None = Field(description="The census code that the family as a whole, or all who said, gave.")
    ethnicity_may_count: bool
    requests: RequestsOut
    received_on: date


class ExceptionIn(Body):
    """Why something that the end needs cannot be had."""

    missing: Annotated[
        str, StringConstraints(pattern=r"^(family|lead_practitioner|closing_reading|volunteer:[0-9a-f-]{36})$")
    ] = Field(description="As `missing` of the refusal names it.")
    reason_code: Code


class ConcludeIn(ReasonedMove):
    """The end, with reasons for whatever cannot be had."""

    exceptions: list[ExceptionIn] = Field(default_factory=list, max_length=20)
