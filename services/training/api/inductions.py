"""Routes of inductions."""

from uuid import UUID

from fastapi import Response, status

from services.training.api.callers import Supervisor, Trainer
from services.training.domain import InductionStatus
from services.training.models import Induction
from services.training.repository import inductions as repository
from services.training.schemas.inductions import (
    AttendanceIn,
    AttendanceOut,
    ChangeOut,
    DecisionIn,
    InductionIn,
    InductionLine,
    InductionOut,
    JudgementIn,
    JudgementOut,
)
from services.training.service import inductions as service
from shared import etag, history
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import PartsOf, Session

router = make_router("/v1/inductions", "inductions")


@router.post("", status_code=status.HTTP_201_CREATED)
async def start_induction(body: InductionIn, session: Session, caller: Trainer, response: Response) -> InductionOut:
    """Start the induction of a volunteer who has applied."""
    induction = await service.start(session, body.volunteer, caller.organisation)
    return await _shown(session, induction, response)


@router.get("")
async def list_inductions(
    session: Session,
    _caller: Trainer,
    status: InductionStatus | None = None,
    volunteer: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[InductionLine]:
    """Inductions in the hands of the caller's organisation, oldest first."""
    rows = await repository.list_own(session, status, volunteer, limit, cursor)
    service.see(session, *rows[:limit])
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[InductionLine.of(row) for row in rows[:limit]],
        next=encode(last.started_at.isoformat(), last.id) if last else None,
    )


@router.get("/{induction_id}")
async def get_induction(induction_id: UUID, session: Session, _caller: Trainer, response: Response) -> InductionOut:
    """One induction with the standing of its parts."""
    induction = await repository.get(session, induction_id)
    service.see(session, induction)
    return await _shown(session, induction, response)


@router.get("/{induction_id}/history")
async def list_induction_history(induction_id: UUID, session: Session, _caller: Trainer) -> list[ChangeOut]:
    """Every change of status, oldest first."""
    induction = await repository.get(session, induction_id)
    service.see(session, induction)
    return [ChangeOut.model_validate(row) for row in await history.of(session, induction.id)]


@router.post("/{induction_id}/attendance", status_code=status.HTTP_201_CREATED)
async def record_attendance(
    induction_id: UUID, body: AttendanceIn, session: Session, _caller: Trainer
) -> AttendanceOut:
    """Record whether the volunteer was at the session for that part; the last entry of a part stands."""
    return AttendanceOut.of(await service.record_attendance(session, induction_id, body))


@router.get("/{induction_id}/attendance")
async def list_attendance(induction_id: UUID, session: Session, _caller: Trainer) -> list[AttendanceOut]:
    """Every entry, oldest first."""
    induction = await repository.get(session, induction_id)
    service.see(session, induction)
    return [AttendanceOut.of(one) for one in await repository.list_attendances(session, induction.id)]


@router.post("/{induction_id}/judgements", status_code=status.HTTP_201_CREATED)
async def record_judgement(
    induction_id: UUID, body: JudgementIn, session: Session, _caller: Trainer, parts: PartsOf
) -> JudgementOut:
    """Judge the volunteer at a part that was attended; the last judgement of a part stands."""
    judgement = await service.record_judgement(session, parts.vault, induction_id, body)
    return JudgementOut.of(judgement, body.notes)


@router.get("/{induction_id}/judgements")
async def list_judgements(induction_id: UUID, session: Session, _caller: Trainer, parts: PartsOf) -> list[JudgementOut]:
    """Every judgement with its notes, oldest first."""
    induction = await repository.get(session, induction_id)
    service.see(session, induction)
    judgements = list(await repository.list_judgements(session, induction.id))
    notes = await service.notes_of(parts.vault, induction, judgements)
    return [JudgementOut.of(one, notes.get(one.id)) for one in judgements]


@router.post("/{induction_id}/decision")
async def decide_induction(
    induction_id: UUID, body: DecisionIn, session: Session, _caller: Trainer, match: IfMatch, response: Response
) -> InductionOut:
    """Say that the volunteer is qualified, once all parts are attended and suitable; or not suitable, at any point."""
    induction = await service.decide(session, induction_id, body, match)
    return await _shown(session, induction, response)


@router.post("/{induction_id}/resume")
async def resume_induction(
    induction_id: UUID, session: Session, _caller: Supervisor, match: IfMatch, response: Response
) -> InductionOut:
    """Go on with an induction that was on hold since the volunteer's suspension."""
    induction = await service.resume(session, induction_id, match)
    return await _shown(session, induction, response)


async def _shown(session: Session, induction: Induction, response: Response) -> InductionOut:
    await session.flush()
    etag.tag(response, induction)
    return InductionOut.with_parts(induction, await repository.standing_of_parts(session, induction.id))
