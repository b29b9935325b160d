"""Bodies about matches and agreements."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictInt, model_validator

from services.matching.domain.matches import Answer, MatchStatus, Party
from services.matching.schemas.common import Body, Code, Day, ShortText


class MatchIn(Body):
    """A volunteer for a request. Not the top of the latest proposal: say why."""

    match_request: UUID
    volunteer: UUID
    planned_from: Day
    planned_length_weeks: StrictInt = Field(ge=1, le=104)
    review_on: Day
    override_reason: ShortText | None = Field(None, description="Sealed; needed unless the volunteer is the top one.")


class Method(StrEnum):
    """How a family member's answer was taken."""

    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    VIDEO = "video"
    LETTER = "letter"
    INTERPRETER = "interpreter"


class AgreementIn(Body):
    """One party's answer. For the family, and for a volunteer without a sign-in, somebody records it."""

    party: Party
    answer: Answer
    reason_code: Code | None = Field(None, description="Needed for a refusal; never held against the family.")
    answered_on: Day | None = Field(None, description="Today unless given.")
    on_behalf_of: UUID | None = Field(None, description="Whose answer is recorded, when it is not the caller's own.")
    method: Method | None = None
    evidence: ShortText | None = Field(None, description="Where the answer can be found, in words; sealed.")

    @model_validator(mode="after")
    def _is_whole(self) -> "AgreementIn":
        if self.answer is Answer.REFUSED and self.reason_code is None:
            raise ValueError("a refusal needs a reason_code")
        if (self.on_behalf_of is None) != (self.method is None):
            raise ValueError("on_behalf_of and method come together")
        if self.party is Party.FAMILY and (self.on_behalf_of is None or self.evidence is None):
            raise ValueError("a family's answer needs on_behalf_of, method and evidence")
        return self


class IntroductionIn(Body):
    """The first meeting of family and volunteer."""

    met_on: Day
    led_by: UUID = Field(description="The coordinator, as a person, who led it.")


class StartIn(Body):
    """When the visits begin."""

    started_on: Day | None = Field(None, description="Today unless given.")


class PauseIn(Body):
    """Why and since when the match rests."""

    reason_code: Literal["family_asked", "volunteer_unavailable", "safety", "other"]
    paused_on: Day | None = Field(None, description="Today unless given.")


class EndIn(Body):
    """Why and when the match ended."""

    reason_code: Literal["completed", "family_asked", "volunteer_left", "safety", "moved", "not_working", "other"]
    ended_on: Day | None = Field(None, description="Today unless given.")


class CancelIn(Body):
    """Why there will be no introduction."""

    reason_code: Literal["family_refused", "volunteer_refused", "volunteer_left", "safety", "mistake", "other"]


class AgreementOut(BaseModel):
    id: UUID
    party: Party
    answer: Answer
    reason_code: str | None
    on_behalf_of: UUID | None
    method: str | None
    answered_on: date


class MatchOut(BaseModel):
    """A match. Before the introduction a volunteer sees area, ages and tasks, and nobody's ids."""

    id: UUID
    version: int
    status: MatchStatus
    volunteer: UUID
    planned_from: date
    planned_until: date
    planned_length_weeks: int
    review_on: date
    agreed_by: list[Party] = Field(description="Parties that have agreed so far.")
    introduced_on: date | None = None
    introduction_led_by: UUID | None = None
    started_on: date | None = None
    paused_on: date | None = None
    ended_on: date | None = None
    reason_code: str | None = None
    family: UUID | None = None
    referral: UUID | None = None
    match_request: UUID | None = None
    children: list[UUID] = Field(default_factory=list)
    volunteer_name: str | None = Field(None, description="For staff who work with the case.")
    passed_over: list[str] | None = Field(
        None, description="Constraints that excluded the volunteer and were passed over; for staff."
    )
    overridden: bool | None = Field(None, description="Whether another than the top volunteer was chosen; for staff.")
    override_reason: str | None = None
    area: str | None = Field(None, description="Where the family lives, as roughly as a postcode area.")
    ages: list[int] = Field(default_factory=list, description="The children's ages, for the volunteer.")
    tasks: list[UUID] = Field(default_factory=list, description="Tasks of the agreed involvement plan.")
    visits_a_week: int | None = None


class MatchItem(BaseModel):
    """A match in a list."""

    id: UUID
    version: int
    status: MatchStatus
    volunteer: UUID
    family: UUID | None
    referral: UUID | None
    planned_from: date
    planned_until: date
    review_on: date
    proposed_at: datetime
