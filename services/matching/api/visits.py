"""Routes about visits, and the coordinator's list of records that are late."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from services.matching.api.callers import DeskOf, MatchReader, Scheme, Visitor, page
from services.matching.api.cursors import instant_after
from services.matching.models import Visit
from services.matching.repository import visits as kept
from services.matching.schemas.visits import LinkOut, OutcomeIn, OverdueOut, VisitIn, VisitOut
from services.matching.service import check_ins, visits
from services.matching.service.views import visits as view
from shared import etag, idempotency
from shared.db import now_of
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/matches", "visits")


def _address(match_id: UUID, visit_id: UUID) -> tuple[UUID, UUID]:
    return match_id, visit_id


Address = Annotated[tuple[UUID, UUID], Depends(_address)]


@router.get("/contacts-overdue")
async def list_overdue_contacts(
    session: Session, _: Scheme, limit: Limit = 50, cursor: Cursor = None
) -> Page[OverdueOut]:
    """List visits whose Record of Contact is late; the longest overdue comes first."""
    rows = await kept.list_overdue(session, now_of(session), instant_after(cursor), limit)
    return page(rows, view.show_overdue(session, rows[:limit]), limit, lambda row: (row.contact_due_at, row.id))


@router.post("/{match_id}/visits", status_code=201)
async def plan_visit(
    session: Session, _: Visitor, desk: DeskOf, match_id: UUID, body: VisitIn, response: Response
) -> VisitOut:
    """Plan a visit under an active match; its record is due 48 hours after its end."""
    visit = await visits.plan(session, desk, match_id, body)
    response.headers["Location"] = f"/v1/matches/{match_id}/visits/{visit.id}"
    return await _shown(session, visit, response)


@router.get("/{match_id}/visits")
async def list_visits(
    session: Session, _: MatchReader, match_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Page[VisitOut]:
    """List a match's visits in the order in which they were planned to start."""
    match = await view.get_match(session, match_id)
    rows = await kept.list_page(session, match.id, instant_after(cursor), limit)
    return page(rows, view.show_all(session, rows[:limit]), limit, lambda row: (row.starts_at, row.id))


@router.get("/{match_id}/visits/{visit_id}")
async def get_visit(session: Session, _: MatchReader, address: Address, response: Response) -> VisitOut:
    """Show one visit."""
    match = await view.get_match(session, address[0])
    return await _shown(session, await kept.get(session, match.id, address[1]), response)


@router.post("/{match_id}/visits/{visit_id}/outcome")
async def close_visit(
    session: Session, _: Visitor, desk: DeskOf, address: Address, version: IfMatch, body: OutcomeIn, response: Response
) -> VisitOut:
    """Say what became of a visit."""
    return await _shown(session, await visits.close(session, desk, address, version, body), response)


@router.post("/{match_id}/visits/{visit_id}/check-in-link", status_code=201)
async def make_check_in_link(session: Session, _: Visitor, desk: DeskOf, address: Address, request: Request) -> LinkOut:
    """Make the link with which the volunteer checks in and out without signing in; a former one works no more."""
    match = await visits.visited(session, address[0])
    link = await check_ins.make_link(session, desk, match, address[1])
    # Whoever sends the request again makes a new one.
    idempotency.leave_out(request, "secret")
    return LinkOut(secret=link.secret, valid_from=link.valid_from, valid_until=link.valid_until)


async def _shown(session: Session, visit: Visit, response: Response) -> VisitOut:
    shown = await view.show(session, visit)
    etag.tag(response, visit)
    return shown
