"""Bodies about requests for a volunteer and the proposals for them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.domain.matches import RequestStatus
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


class ProposalOut(BaseModel):
    """A ranking of all volunteers: the same input gives the same `input_hash` and the same answer."""

    id: UUID
    match_request: UUID
    weights_version: str
    input_hash: str
    made_at: datetime
    candidates: list[CandidateOut]
