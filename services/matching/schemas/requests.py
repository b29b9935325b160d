"""Bodies about requests for a volunteer and the proposals for them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.domain.matches import RequestStatus
from services.matching.schemas.common import Body, Code
from services.matching.schemas.facts import CaseFacts


class RequestOut(BaseModel):
    """A family that waits for a volunteer. `facts` only for the scheme's own staff."""

    id: UUID
    version: int
    family: UUID
    referral: UUID
    status: RequestStatus
    waiting_since: date
    volunteers_wanted: int
    places_taken: int = Field(description="Live matches of this request.")
    children: list[UUID]
    visited_on: date | None = Field(description="The assessment visit; before it nothing may be proposed.")
    close_code: str | None
    facts: CaseFacts | None = None


class ContributionOut(BaseModel):
    """What one factor brought, of at most `weight`, and why."""

    factor: str
    weight: int
    points: int
    why: str


class CandidateOut(BaseModel):
    """One volunteer's place in the ranking, or the reasons that exclude them."""

    volunteer: UUID
    place: int | None = Field(description="1 is the top of the list; none for who is excluded.")
    score: int
    contributions: list[ContributionOut]
    excluded_by: list[str]
    inputs_erased: bool = Field(
        default=False, description="The volunteer was erased since: score and reasons with them."
    )


class LiftOut(BaseModel):
    """One constraint that stands against somebody, and what would have to change."""

    code: str
    sentence: str
    change: str
    overridable: bool = Field(description="Whether the project manager may pass over it, with a reason.")
    missing: list[str] = Field(description="What is missing, in codes: the times, the visits; empty where nothing is.")


class NearMissOut(BaseModel):
    """Somebody who is excluded, with the score that they would have, as far as nothing sealed was opened for it."""

    volunteer: UUID
    score: int
    constraints: list[LiftOut]


class ProposalOut(BaseModel):
    """A ranking of all volunteers: the same input gives the same `input_hash` and the same answer."""

    id: UUID
    match_request: UUID
    weights_version: str = Field(description="Version of the code that weighed.")
    policy_version: int = Field(description="Version of the partnership's policy; 0 are the defaults.")
    input_hash: str
    made_at: datetime
    asks: list[str] = Field(description="What nobody has asked the family yet; it is not weighed, and not guessed.")
    ranked: int = Field(description="How many have a place.")
    excluded: int = Field(description="How many have none.")
    candidates: list[CandidateOut] = Field(
        description="The first fifty: the ranked, best first, then the excluded; `…/candidates` lists everybody."
    )
    next: str | None = Field(None, description="The cursor of `…/candidates` for whoever comes after these.")
    near_misses: list[NearMissOut] = Field(
        default_factory=list, description="The best of those who are excluded, and what would have to change."
    )


class RefusalIn(Body):
    """A volunteer whom the family does not want."""

    volunteer: UUID
    reason_code: Code = Field(description="Why, in a code; never held against the family or the volunteer.")


class RefusalOut(BaseModel):
    """A volunteer whom the family does not want, or did not until it took that back."""

    id: UUID
    volunteer: UUID
    reason_code: str
    recorded_by: str
    recorded_at: datetime
    lifted_at: datetime | None


class Recomputation(StrEnum):
    """What came of making a proposal again."""

    SAME = "same"
    DIFFERENT = "different"
    INPUTS_ERASED = "inputs-erased"
    INPUTS_NOT_KEPT = "inputs-not-kept"
    OTHER_CODE = "made-by-other-code"


class RecomputationOut(BaseModel):
    """A proposal made again from what was kept of it, and whether the same came of it, byte for byte."""

    proposal: UUID
    outcome: Recomputation
    erased_volunteers: int | None = Field(description="Of how many volunteers the inputs are erased; none if unknown.")
    code_version: str
    policy_version: int
