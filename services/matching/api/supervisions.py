"""Routes about supervision."""

from uuid import UUID

from fastapi import Response

from services.matching.api.callers import DeskOf, Scheme, page
from services.matching.api.cursors import id_after
from services.matching.repository import volunteers as kept
from services.matching.schemas.supervisions import SupervisionIn, SupervisionItem, SupervisionOut
from services.matching.service import supervisions
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/supervisions", "supervisions")


@router.post("", status_code=201)
async def hold_supervision(
    session: Session, _: Scheme, desk: DeskOf, body: SupervisionIn, response: Response
) -> SupervisionOut:
    """Record a session with a volunteer; the answer lists the Records of Contact since the last one."""
    supervision = await supervisions.hold(session, desk, body)
    response.headers["Location"] = f"/v1/supervisions/{supervision.id}"
    return await supervisions.show(session, desk, supervision)


@router.get("")
async def list_supervisions(
    session: Session, _: Scheme, volunteer: UUID | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[SupervisionItem]:
    """List supervision sessions, newest first."""
    rows = await kept.list_supervisions(session, volunteer, id_after(cursor), limit)
    return page(rows, supervisions.show_all(session, rows[:limit]), limit, lambda row: (row.id,))


@router.get("/{supervision_id}")
async def get_supervision(session: Session, _: Scheme, desk: DeskOf, supervision_id: UUID) -> SupervisionOut:
    """Show one session with its notes and the records that it covered."""
    return await supervisions.show(session, desk, await kept.get_supervision(session, supervision_id))
