"""Routes about leave: entered, listed, called off."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.api.callers import Scheme, page
from services.matching.api.cursors import day_after
from services.matching.models import Leave
from services.matching.repository import leaves as kept
from services.matching.schemas.leaves import LeaveIn, LeaveOut
from services.matching.service import leaves
from shared import audit, etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/leaves", "leave")
Since = Annotated[date | None, Query(description="Only leaves that are not over before this day.")]


@router.post("", status_code=status.HTTP_201_CREATED)
async def enter_leave(session: Session, caller: Scheme, body: LeaveIn, response: Response) -> LeaveOut:
    """Enter leave of your own or, as a project manager, of somebody else of your organisation, with who covers.

    On its days, whoever covers answers for what the person answers for; afterwards, or once it is called off, it comes
    back by itself.
    """
    leave = await leaves.enter(session, body, caller.organisation)
    response.headers["Location"] = f"/v1/leaves/{leave.id}"
    return await _shown(session, leave, response)


@router.get("")
async def list_leaves(
    session: Session, caller: Scheme, since: Since = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[LeaveOut]:
    """List leaves of your organisation by their first day."""
    rows = await kept.list_page(session, caller.organisation, since, day_after(cursor), limit)
    audit.saw(session, "leave", *(row.id for row in rows[:limit]))
    return page(rows, [_out(row) for row in rows[:limit]], limit, lambda row: (row.begins_on, row.id))


@router.get("/{leave_id}")
async def get_leave(session: Session, _: Scheme, leave_id: UUID, response: Response) -> LeaveOut:
    """Show one leave of your organisation."""
    leave = await kept.get(session, leave_id)
    audit.saw(session, "leave", leave.id)
    return await _shown(session, leave, response)


@router.post("/{leave_id}/cancel")
async def cancel_leave(session: Session, _: Scheme, leave_id: UUID, version: IfMatch, response: Response) -> LeaveOut:
    """Call it off, or end it early: from today on the person answers again. Who answered until then stays as it was."""
    return await _shown(session, await leaves.call_off(session, leave_id, version), response)


async def _shown(session: AsyncSession, leave: Leave, response: Response) -> LeaveOut:
    await session.flush()
    etag.tag(response, leave)
    return _out(leave)


def _out(row: Leave) -> LeaveOut:
    return LeaveOut(
        id=row.id,
        version=row.version,
        person=row.person_id,
        cover=row.cover_id,
        begins_on=row.begins_on,
        ends_on=row.ends_on,
        back_on=row.back_on,
    )
