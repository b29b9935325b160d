"""Bodies of plans for all waiting families at once."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictInt

from services.matching.domain.planning.problem import Objective
from services.matching.domain.plans import PlanStatus, Refusal, Stage
from services.matching.schemas.common import Body, Day, ShortText

Ids = Annotated[list[UUID], Field(max_length=200)]


class PinIn(Body):
    """A pair that is to be in the plan. Where a rule of good practice stands against it, a project manager says why."""

    match_request: UUID
    volunteer: UUID
    override_reason: ShortText | None = Field(
        None, description="Sealed; of no use against law, safety or a family's word."
    )


class ForbidIn(Body):
    """A pair that is not to be in the plan."""

    match_request: UUID
    volunteer: UUID


class PlanIn(Body):
    override_reason: ShortText | None = Field(
        None, description="Sealed; no use against law, safety or a family's word."
    )

    objective: Objective = Objective.MOST_FAMILIES_FIRST
    planned_length_weeks: StrictInt | None = Field(
        None, ge=1, le=104, description="How long matches are to last; the policy says it unless given."
    )
    pins: list[PinIn] = Field(default_factory=list, max_length=200)
    forbids: list[ForbidIn] = Field(default_factory=list, max_length=200)
    without_volunteers: Ids = Field(default_factory=list, description="What if these volunteers were not there?")
    without_requests: Ids = Field(default_factory=list, description="What if these families did not wait?")
    based_on: UUID | None = None


class AcceptIn(Body):
    """When the matches are to begin and how long they are to last."""

    planned_from: Day
    planned_length_weeks: StrictInt = Field(ge=1, le=104)
    review_on: Day


class AcceptAllIn(AcceptIn):
    """All pairs that nobody has accepted yet, so many at a time."""

    skip_changed: StrictBool = Field(
        False, description="Leave pairs out that no longer hold; otherwise all is refused."
    )
    limit: StrictInt = Field(50, ge=1, le=100)


class TotalsOut(BaseModel):
    """What a plan reaches."""

    families: int = Field(description="Families with at least one volunteer.")
    places: int
    fit: int = Field(description="Sum of the scores.")
    points: int = Field(description="Fit, and what every filled place saves: more, the longer a family has waited.")
    weeks: int = Field(description="Weeks of waiting that end.")


class ReachedOut(TotalsOut):
    """The plan beside what is reached by hand, and its proof."""

    eligible_pairs: int
    gap: int = Field(description="How much better a plan could be; 0 is proved for every plan that is kept.")
    greedy: TotalsOut | None = Field(None, description="Again and again the best pair that is left.")
    first_come_first_served: TotalsOut | None = Field(None, description="Who has waited longest chooses first.")


class ProgressOut(BaseModel):
    stage: Stage
    since: datetime
    attempts: int


class PlanOut(BaseModel):
    """A plan; while it is computed `progress` says how far it is."""

    id: UUID
    version: int
    status: PlanStatus
    objective: Objective
    based_on: UUID | None
    planned_length_weeks: int
    asked: dict[str, Any] = Field(description="What is pinned, forbidden and left out, as ids.")
    policy_version: int | None
    totals: ReachedOut | None
    refusal: Refusal | None
    progress: ProgressOut | None
    created_at: datetime
    planned_at: datetime | None


class PassedOverOut(BaseModel):
    """A volunteer who fits better, why not them, and how many points the best plan with them would be worth less."""

    volunteer: UUID
    score: int
    why: str
    points: int | None
    exact: bool = Field(description="Whether it is just so many points; otherwise it is so many at least.")


class PairOut(BaseModel):
    """One pair. Its reasons name no other family, so that they may go into this family's case."""

    id: UUID
    match_request: UUID
    family: UUID
    volunteer: UUID
    score: int
    pinned: bool
    place: int | None = Field(description="1 is the best of all who could be with the family.")
    of: int | None = Field(description="How many could be with the family.")
    passed_over: list[PassedOverOut]
    match: UUID | None = Field(description="The match that came of it, once accepted.")
    accepted_at: datetime | None
    changed: list[str] = Field(description="Why it can no longer be accepted, in codes; mostly empty.")


class LackOut(BaseModel):
    """A family with places that stay empty, and what it lacks in the pool."""

    id: UUID
    match_request: UUID
    family: UUID
    places: int
    eligible: int = Field(description="Volunteers who could be with the family, all of whom are with others.")
    kept_away: dict[str, int] = Field(description="How many volunteers one thing alone keeps away.")
    slots: list[str] = Field(description="Times that the family named and nobody has.")
    languages: list[str] = Field(description="Its languages, where nobody in the pool speaks one of them.")
    skills: list[str] = Field(description="Skills that it asked for and nobody has.")
    area: str | None = Field(description="Its postcode area, where nobody lives there.")


class RecruitOut(BaseModel):
    """So many more volunteers of a kind would place so many families. Each line was planned as if they were there."""

    volunteers: int
    places_each: int
    families: int
    languages: list[str]
    gender: str | None
    times: str
    slots: list[str]
    area: str | None
    outcodes: list[str]


class RecruitmentOut(BaseModel):
    """Whom to recruit. Outside the scheme lines of few families are withheld."""

    plan: UUID
    lines: list[RecruitOut]
    withheld: bool = Field(description="Whether lines may be missing because they would say who lacks a volunteer.")


class RefusedPair(BaseModel):
    """A pair that no longer holds, and why in codes."""

    pair: UUID
    codes: list[str]


class AcceptedOut(BaseModel):
    """What came of accepting several pairs."""

    accepted: list[PairOut]
    changed: list[RefusedPair]
    left: int = Field(description="Pairs that nobody has accepted yet.")
