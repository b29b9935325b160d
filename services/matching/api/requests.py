"""Routes about requests for a volunteer and proposals."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from services.matching.api.callers import CaseReader, DeskOf, Scheme, page
from services.matching.api.cursors import day_after, id_after, position_after
from services.matching.domain.matches import RequestStatus
from services.matching.repository import requests as kept
from services.matching.schemas.requests import CandidateOut, ProposalOut, RecomputationOut, RequestOut
from services.matching.service import proposals, recomputing
from services.matching.service.views import proposals as proposed
from services.matching.service.views import requests as view
from shared import etag
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/match-requests", "match requests")
Weeks = Annotated[
    int | None, Query(ge=1, le=104, description="How long the match is planned; by the policy unless given.")
]
Excluded = Annotated[bool | None, Query(description="Only those who are excluded, or only those who are not.")]
Volunteer = Annotated[UUID | None, Query(description="Only that one.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which proposal, and whom of it."""

    request: UUID
    proposal: UUID
    excluded: bool | None
    volunteer: UUID | None


async def _asked(request_id: UUID, proposal_id: UUID, excluded: Excluded = None, volunteer: Volunteer = None) -> Asked:
    return Asked(request_id, proposal_id, excluded, volunteer)


Candidates = Annotated[Asked, Depends(_asked)]


@router.get("")
async def list_match_requests(
    session: Session,
    _: CaseReader,
    status: RequestStatus | None = None,
    referral: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RequestOut]:
    """List families that wait for a volunteer; who waits longest comes first."""
    rows = await kept.list_page(session, status, referral, day_after(cursor), limit)
    items = await view.show_all(session, rows[:limit])
    return page(rows, items, limit, lambda row: (row.waiting_since, row.id))


@router.get("/{request_id}")
async def get_match_request(
    session: Session, _: CaseReader, desk: DeskOf, request_id: UUID, response: Response
) -> RequestOut:
    """Show one request; what the family asked for only to the scheme's staff."""
    request = await kept.get(session, request_id)
    etag.tag(response, request)
    return await view.show(session, desk, request)


@router.post("/{request_id}/proposals", status_code=201)
async def propose_volunteers(
    session: Session, _: Scheme, desk: DeskOf, request_id: UUID, weeks: Weeks = None
) -> ProposalOut:
    """Rank every volunteer for the family, with each factor's contribution or the reason for exclusion."""
    return proposed.show_made(session, await proposals.propose(session, desk, request_id, weeks))


@router.get("/{request_id}/proposals")
async def list_proposals(
    session: Session, _: Scheme, desk: DeskOf, request_id: UUID, limit: Limit = 10, cursor: Cursor = None
) -> Page[ProposalOut]:
    """List the proposals that were made, newest first."""
    request = await kept.get(session, request_id)
    rows = await kept.list_proposals(session, request.id, id_after(cursor), limit)
    items = [await proposed.show(session, desk, row) for row in rows[:limit]]
    return page(rows, items, limit, lambda row: (row.id,))


@router.get("/{request_id}/proposals/{proposal_id}")
async def get_proposal(session: Session, _: Scheme, desk: DeskOf, request_id: UUID, proposal_id: UUID) -> ProposalOut:
    """Show a proposal as it was made."""
    return await proposed.show(session, desk, await kept.get_proposal(session, request_id, proposal_id))


@router.get("/{request_id}/proposals/{proposal_id}/candidates")
async def list_candidates(
    session: Session,
    _: Scheme,
    desk: DeskOf,
    asked: Candidates,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CandidateOut]:
    """List everybody of a proposal as it was made: the ranked, best first, then the excluded."""
    proposal, after = await kept.get_proposal(session, asked.request, asked.proposal), position_after(cursor)
    numbers = proposals.numbers(proposal, after, excluded=asked.excluded, volunteer=asked.volunteer)[: limit + 1]
    items = await proposed.show_candidates(session, desk, proposal, numbers[:limit])
    return page(numbers, items, limit, lambda number: (number,))


@router.get("/{request_id}/proposals/{proposal_id}/recomputation")
async def recompute_proposal(
    session: Session, _: Scheme, desk: DeskOf, request_id: UUID, proposal_id: UUID
) -> RecomputationOut:
    """Make a proposal again from what was kept of it, and say whether the same came of it, byte for byte."""
    return await recomputing.recompute(session, desk, await kept.get_proposal(session, request_id, proposal_id))
