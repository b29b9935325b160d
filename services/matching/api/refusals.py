"""Routes about volunteers whom a family does not want."""

from uuid import UUID

from fastapi import Response

from services.matching.api.callers import Scheme
from services.matching.repository import requests as kept
from services.matching.schemas.requests import RefusalIn, RefusalOut
from services.matching.service import refusals
from shared.http import router as make_router
from shared.routing import Session

router = make_router("/v1/match-requests/{request_id}/refused-volunteers", "match requests")


@router.post("", status_code=201)
async def refuse_volunteer(
    session: Session, _: Scheme, request_id: UUID, body: RefusalIn, response: Response
) -> RefusalOut:
    """Note that the family does not want this volunteer; from now on no proposal and no plan brings them together."""
    row = await refusals.note(session, request_id, body)
    response.headers["Location"] = f"/v1/match-requests/{request_id}/refused-volunteers/{row.id}"
    return refusals.show(row)


@router.get("")
async def list_refused_volunteers(session: Session, _: Scheme, request_id: UUID) -> list[RefusalOut]:
    """List whom the family does not want, or did not."""
    request = await kept.get(session, request_id)
    return refusals.show_all(session, request, await kept.list_refused(session, request.family_id))


@router.get("/{refusal_id}")
async def get_refused_volunteer(session: Session, _: Scheme, request_id: UUID, refusal_id: UUID) -> RefusalOut:
    """Show one."""
    request = await kept.get(session, request_id)
    return refusals.show_all(session, request, [await kept.get_refused(session, request.family_id, refusal_id)])[0]


@router.post("/{refusal_id}/lift")
async def lift_refused_volunteer(session: Session, _: Scheme, request_id: UUID, refusal_id: UUID) -> RefusalOut:
    """Note that the family has taken it back."""
    return refusals.show(await refusals.lift(session, request_id, refusal_id))
