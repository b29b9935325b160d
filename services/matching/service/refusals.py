"""Whom a family does not want: noted for it, and taken back for it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.models import MatchRequest, RefusedVolunteer
from services.matching.repository import requests, volunteers
from services.matching.schemas.requests import RefusalIn, RefusalOut
from shared import audit
from shared.db import work_of
from shared.errors import Conflict
from shared.ids import new_id


async def note(session: AsyncSession, request_id: UUID, body: RefusalIn) -> RefusedVolunteer:
    """The family does not want this volunteer, in this request or any other; twice is `already-noted`."""
    request = await requests.get(session, request_id)
    volunteer = await volunteers.get(session, body.volunteer)
    work = work_of(session)
    row = RefusedVolunteer(
        id=new_id(),
        partnership_id=work.partnership,
        family_id=request.family_id,
        match_request_id=request.id,
        volunteer_id=volunteer.id,
        reason_code=body.reason_code,
        recorded_by=work.actor,
        recorded_at=work.now,
    )
    made = await session.execute(
        insert(RefusedVolunteer).values(row.model_dump()).on_conflict_do_nothing().returning(col(RefusedVolunteer.id))
    )
    if made.first() is None:
        raise Conflict("That is noted already.", name="already-noted")
    work.pending.changed = True
    _saw(session, request, volunteer.id)
    return row


async def lift(session: AsyncSession, request_id: UUID, refusal_id: UUID) -> RefusedVolunteer:
    """The family has taken it back; what has been taken back stays on record, and twice is `already-lifted`."""
    request = await requests.get(session, request_id)
    row = await requests.get_refused(session, request.family_id, refusal_id, lock=True)
    if row.lifted_at is not None:
        raise Conflict("The family has taken that back already.", name="already-lifted")
    work = work_of(session)
    row.lifted_by, row.lifted_at = work.actor, work.now
    work.pending.changed = True
    _saw(session, request, row.volunteer_id)
    return row


def show(row: RefusedVolunteer) -> RefusalOut:
    """One, as it stands."""
    return RefusalOut(
        id=row.id,
        volunteer=row.volunteer_id,
        reason_code=row.reason_code,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        lifted_at=row.lifted_at,
    )


def show_all(session: AsyncSession, request: MatchRequest, rows: Sequence[RefusedVolunteer]) -> list[RefusalOut]:
    """Several of one family."""
    _saw(session, request, *(row.volunteer_id for row in rows))
    return [show(row) for row in rows]


def _saw(session: AsyncSession, request: MatchRequest, *refused: UUID) -> None:
    audit.saw(session, "match-request", request.id, family=request.family_id)
    if refused:
        audit.saw(session, "volunteer", *refused)
