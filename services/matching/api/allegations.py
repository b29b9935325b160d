"""Routes about allegations against volunteers: for the scheme's designated lead and the local authority's only."""

from uuid import UUID

from fastapi import Response

from services.matching.api.callers import AllegationDecider, AllegationLead, DeskOf, page
from services.matching.api.cursors import id_after
from services.matching.domain.allegations import AllegationStatus
from services.matching.models import Allegation
from services.matching.repository import allegations as kept
from services.matching.schemas.allegations import (
    AllegationIn,
    AllegationItem,
    AllegationOut,
    DecisionIn,
    StepIn,
    StepOut,
)
from services.matching.service import allegations
from services.matching.service.allegations import Opening
from services.matching.service.desk import Desk
from services.matching.service.views import allegations as view
from shared import etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/allegations", "allegations")


@router.post("", status_code=201)
async def open_allegation(
    session: Session, _: AllegationLead, desk: DeskOf, body: AllegationIn, response: Response
) -> AllegationOut:
    """Open an allegation: the volunteer is suspended at once and their matches rest."""
    opening = Opening(body.volunteer, None, body.nature, body.happened_on, body.description)
    allegation = await allegations.open_allegation(session, desk, opening)
    response.headers["Location"] = f"/v1/allegations/{allegation.id}"
    return await _shown(session, desk, allegation, response)


@router.get("")
async def list_allegations(
    session: Session,
    _: AllegationLead,
    status: AllegationStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AllegationItem]:
    """List allegations that the caller's organisation may know of, newest first."""
    rows = await kept.list_page(session, status, id_after(cursor), limit)
    return page(rows, view.show_all(session, rows[:limit]), limit, lambda row: (row.id,))


@router.get("/{allegation_id}")
async def get_allegation(
    session: Session, _: AllegationLead, desk: DeskOf, allegation_id: UUID, response: Response
) -> AllegationOut:
    """Show one allegation with its steps."""
    return await _shown(session, desk, await kept.get(session, allegation_id), response)


@router.post("/{allegation_id}/steps", status_code=201)
async def take_allegation_step(
    session: Session, _: AllegationLead, desk: DeskOf, allegation_id: UUID, body: StepIn
) -> StepOut:
    """Record a dated step: the designated officer told, the police, the barring service."""
    step = await allegations.take_step(session, desk, allegation_id, body)
    return view.show_step(step, await allegations.cipher_of(session, desk, allegation_id))


@router.post("/{allegation_id}/decide")
async def decide_allegation(
    session: Session,
    _: AllegationDecider,
    desk: DeskOf,
    allegation_id: UUID,
    version: IfMatch,
    body: DecisionIn,
    response: Response,
) -> AllegationOut:
    """Say what came of it; a substantiated one ends the volunteering."""
    return await _shown(session, desk, await allegations.decide(session, desk, allegation_id, version, body), response)


async def _shown(session: Session, desk: Desk, allegation: Allegation, response: Response) -> AllegationOut:
    shown = await view.show(session, desk, allegation)
    etag.tag(response, allegation)
    return shown
