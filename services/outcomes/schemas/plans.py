"""Bodies of plan timelines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool

from services.outcomes.domain.plans import Category, PlanStatus, PlanType
from services.outcomes.models import AcceptedQuery, Action, Child, Episode, Need, Plan, Review, Stage
from services.outcomes.schemas.fields import Body, CensusCode, Code, Words


class NeedIn(Body):
    """A need that the plan names."""

    id: UUID | None = Field(None, description="Yours if you have one; else it is made here and returned.")
    code: Code
    text: Words | None = Field(None, description="Kept encrypted under the child's key.")


class ActionIn(Body):
    """An action of the plan; tasks of an involvement plan refer to its id."""

    id: UUID | None = Field(None, description="Yours if you have one; else it is made here and returned.")
    need: UUID | None = Field(None, description="Id of a need in the same body that it answers.")
    code: Code
    text: Words | None = Field(None, description="Kept encrypted under the child's key.")


class QueryAccepted(Body):
    """Says that something unusual is meant."""

    code: Code = Field(description="The code of the query, from `errors` of the `plan-query` answer.")
    reason: Words = Field(description="Why it is right here; kept encrypted with the timeline.")


Queries = Annotated[
    list[QueryAccepted], Field(max_length=20, description="Queries that were answered, each with a reason.")
]


class PlanContent(Body):
    """What a new plan holds, however it comes about."""

    type: PlanType
    category: Category | None = Field(
        None, description="Category of abuse; of a child protection plan only, and then needed."
    )
    conference_on: date | None = Field(
        None, description="Day of the child protection conference; of a child protection plan, which starts that day."
    )
    needs: list[NeedIn] = Field([], max_length=50)
    actions: list[ActionIn] = Field([], max_length=100)
    queries_accepted: Queries = Field(default_factory=list)


class PlanIn(PlanContent):
    """A plan that starts, or started some time ago."""

    started_on: date


class StepIn(PlanContent):
    """The plan that follows; the present one ends on that same day."""

    on: date = Field(description="The day on which one plan ends and the next one starts.")


class EndIn(Body):
    """The end of a plan. The reason of a closure belongs to the episode."""

    ended_on: date
    returned_home: StrictBool | None = Field(
        None, description="Of a looked-after plan only, and then needed: whether the child came home."
    )


class CategoryIn(Body):
    """A new category of a child protection plan; the initial one is kept."""

    category: Category
    changed_on: date


class ReviewIn(Body):
    """A review of the plan that was held."""

    held_on: date


class EpisodeIn(Body):
    """The child's social-care referral; closure date and reason come together."""

    referral_date: date
    no_further_action: StrictBool = False
    closed_on: date | None = None
    closure_reason: CensusCode | None = Field(None, description="RC1 … of the census year; with `closed_on` only.")
    queries_accepted: Queries = Field(default_factory=list)


class EpisodeClosure(Body):
    """The end of an episode."""

    closed_on: date
    closure_reason: CensusCode = Field(description="RC1 … of the census year.")


class DeathIn(Body):
    """The day on which the child died."""

    died_on: date


class NeedOut(BaseModel):
    id: UUID
    code: str
    text: str | None


class ActionOut(BaseModel):
    id: UUID
    need: UUID | None
    code: str
    text: str | None


class ReviewOut(BaseModel):
    id: UUID
    held_on: date


@dataclass(frozen=True, slots=True)
class Details:
    """What belongs to the plans of one child, by plan; texts are opened, or None when their key is gone."""

    needs: Mapping[UUID, Sequence[Need]] = field(default_factory=dict)
    actions: Mapping[UUID, Sequence[Action]] = field(default_factory=dict)
    reviews: Mapping[UUID, Sequence[Review]] = field(default_factory=dict)
    texts: Mapping[UUID, str] = field(default_factory=dict)


class PlanOut(BaseModel):
    """One plan. `version` is what `If-Match` takes for moves of this plan."""

    id: UUID
    version: int
    child: UUID
    type: PlanType
    status: PlanStatus
    category_initial: Category | None
    category_latest: Category | None
    conference_on: date | None
    started_on: date
    ended_on: date | None
    returned_home: bool | None
    followed_by: UUID | None = Field(description="The plan that it was stepped down or up to.")
    months_since_last_cp: int | None = Field(
        description="Whole months since the child's last child protection plan ended, on one that was registered again."
    )
    code_set: str = Field(description="The version of the census code set that it was checked with.")
    recorded_at: datetime
    needs: list[NeedOut]
    actions: list[ActionOut]
    reviews: list[ReviewOut]

    @classmethod
    def of(cls, plan: Plan, details: Details) -> "PlanOut":
        texts = details.texts
        return cls(
            **plan.model_dump(exclude={"partnership_id", "family_id", "child_id"}),
            child=plan.child_id,
            needs=[NeedOut(id=n.id, code=n.code, text=texts.get(n.id)) for n in details.needs.get(plan.id, ())],
            actions=[
                ActionOut(id=a.id, need=a.need_id, code=a.code, text=texts.get(a.id))
                for a in details.actions.get(plan.id, ())
            ],
            reviews=[ReviewOut(id=r.id, held_on=r.held_on) for r in details.reviews.get(plan.id, ())],
        )


class StepOut(BaseModel):
    """Both plans of a step; the ETag is that of the one that ended."""

    ended: PlanOut
    started: PlanOut


class EpisodeOut(BaseModel):
    id: UUID
    version: int
    referral_date: date
    no_further_action: bool
    closed_on: date | None
    closure_reason: str | None
    recorded_at: datetime

    @classmethod
    def of(cls, episode: Episode) -> "EpisodeOut":
        return cls.model_validate(episode, from_attributes=True)


class StageOnTimeline(BaseModel):
    id: UUID
    level: int
    from_date: date


class QueryOut(BaseModel):
    subject: UUID = Field(description="The plan or episode that it is about.")
    code: str
    reason: str | None
    accepted_at: datetime


class TimelineOut(BaseModel):
    """A child's whole timeline. Its ETag is what `…/death` takes; each plan and episode has a version of its own."""

    child: UUID
    family: UUID
    died_on: date | None
    episodes: list[EpisodeOut]
    plans: list[PlanOut]
    stages: list[StageOnTimeline]
    queries: list[QueryOut]


@dataclass(frozen=True, slots=True)
class WholeTimeline:
    """The rows of one child's timeline."""

    child: Child
    episodes: Sequence[Episode]
    plans: Sequence[Plan]
    stages: Sequence[Stage]
    queries: Sequence[AcceptedQuery]
    details: Details

    def out(self) -> TimelineOut:
        texts = self.details.texts
        return TimelineOut(
            child=self.child.id,
            family=self.child.family_id,
            died_on=self.child.died_on,
            episodes=[EpisodeOut.of(episode) for episode in self.episodes],
            plans=[PlanOut.of(plan, self.details) for plan in self.plans],
            stages=[StageOnTimeline(id=s.id, level=s.level, from_date=s.from_date) for s in self.stages],
            queries=[
                QueryOut(subject=q.subject_id, code=q.code, reason=texts.get(q.id), accepted_at=q.accepted_at)
                for q in self.queries
            ],
        )
