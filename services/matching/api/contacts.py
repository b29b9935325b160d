"""Routes about Records of Contact."""

from uuid import UUID

from fastapi import Response

from services.matching.api.callers import CaseReader, DeskOf, MatchReader, Visitor, page
from services.matching.api.cursors import position_after
from services.matching.repository import visits as kept
from services.matching.schemas.visits import ChainOut, ContactIn, ContactOut, CorrectionIn
from services.matching.service import contacts
from services.matching.service.views import visits as view
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/matches/{match_id}/contacts", "records of contact")


@router.post("", status_code=201)
async def record_contact(
    session: Session, _: Visitor, desk: DeskOf, match_id: UUID, body: ContactIn, response: Response
) -> ContactOut:
    """Record what happened at a visit: once, chained to the record before."""
    contact = await contacts.record(session, desk, match_id, body)
    response.headers["Location"] = f"/v1/matches/{match_id}/contacts/{contact.id}"
    return await view.show_contact(session, desk, contact)


@router.get("")
async def list_contacts(
    session: Session, _: MatchReader, desk: DeskOf, match_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Page[ContactOut]:
    """List a match's records and their corrections in the order of the chain."""
    match = await view.get_match(session, match_id)
    rows = await kept.list_contacts(session, match.id, position_after(cursor), limit)
    return page(rows, await view.show_contacts(session, desk, rows[:limit]), limit, lambda row: (row.position,))


@router.get("/verify")
async def verify_contacts(session: Session, _: CaseReader, match_id: UUID) -> ChainOut:
    """Recompute the chain of a match's records: an edit, a gap, a swap or a cut tail shows."""
    return await view.verify(session, await view.get_match(session, match_id))


@router.get("/{contact_id}")
async def get_contact(session: Session, _: MatchReader, desk: DeskOf, match_id: UUID, contact_id: UUID) -> ContactOut:
    """Show one Record of Contact."""
    match = await view.get_match(session, match_id)
    return await view.show_contact(session, desk, await kept.get_contact(session, match.id, contact_id))


@router.post("/{contact_id}/corrections", status_code=201)
async def correct_contact(
    session: Session, _: Visitor, desk: DeskOf, match_id: UUID, contact_id: UUID, body: CorrectionIn
) -> ContactOut:
    """Correct a record by a new version; the old one stays."""
    return await view.show_contact(session, desk, await contacts.correct(session, desk, match_id, contact_id, body))
