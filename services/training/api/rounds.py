"""Routes of rounds and their budgets."""

from uuid import UUID

from fastapi import Response, status

from services.training.api.callers import Trainer
from services.training.domain import RoundStatus
from services.training.models import Round
from services.training.repository import rounds as repository
from services.training.schemas.rounds import (
    BudgetLineIn,
    BudgetLineOut,
    BudgetOut,
    CostsOut,
    RoundCancelIn,
    RoundIn,
    RoundOut,
)
from services.training.service import rounds as service
from shared import etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import Session

router = make_router("/v1/rounds", "rounds")


@router.post("", status_code=status.HTTP_201_CREATED)
async def plan_round(body: RoundIn, session: Session, caller: Trainer, response: Response) -> RoundOut:
    """Plan a round of a programme of the caller's organisation."""
    planned = await service.plan(session, body, caller.organisation)
    etag.tag(response, planned)
    return RoundOut.of(planned)


@router.get("")
async def list_rounds(session: Session, _caller: Trainer, limit: Limit = 50, cursor: Cursor = None) -> Page[RoundOut]:
    """Rounds of the partnership, oldest first."""
    rows = await repository.list_rounds(session, limit, cursor)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[RoundOut.of(row) for row in rows[:limit]],
        next=encode(last.created_at.isoformat(), last.id) if last else None,
    )


@router.get("/{round_id}")
async def get_round(round_id: UUID, session: Session, _caller: Trainer, response: Response) -> RoundOut:
    """One round."""
    row = await repository.get(session, round_id)
    etag.tag(response, row)
    return RoundOut.of(row)


@router.post("/{round_id}/open")
async def open_round(
    round_id: UUID, session: Session, _caller: Trainer, match: IfMatch, response: Response
) -> RoundOut:
    """Say that a planned round has begun."""
    return await _moved(session, await service.move(session, round_id, RoundStatus.OPEN, match), response)


@router.post("/{round_id}/close")
async def close_round(
    round_id: UUID, session: Session, _caller: Trainer, match: IfMatch, response: Response
) -> RoundOut:
    """Say that an open round is over; amounts can still be noted."""
    return await _moved(session, await service.move(session, round_id, RoundStatus.CLOSED, match), response)


@router.post("/{round_id}/cancel")
async def cancel_round(
    round_id: UUID, body: RoundCancelIn, session: Session, _caller: Trainer, match: IfMatch, response: Response
) -> RoundOut:
    """Call off a round that is planned or open, with the reason."""
    row = await service.move(session, round_id, RoundStatus.CANCELLED, match, body.reason_code)
    return await _moved(session, row, response)


@router.post("/{round_id}/budget-lines", status_code=status.HTTP_201_CREATED)
async def note_amount(round_id: UUID, body: BudgetLineIn, session: Session, _caller: Trainer) -> BudgetLineOut:
    """Note an amount that is planned, was received or was spent; a wrong one is balanced by one with a minus."""
    return BudgetLineOut.of(await service.note_amount(session, round_id, body))


@router.get("/{round_id}/budget-lines")
async def list_budget_lines(
    round_id: UUID, session: Session, _caller: Trainer, limit: Limit = 50, cursor: Cursor = None
) -> Page[BudgetLineOut]:
    """Every amount of the round, oldest first."""
    row = await repository.get(session, round_id)
    lines = await repository.list_budget_lines(session, row.id, limit, cursor)
    last = lines[limit - 1] if len(lines) > limit else None
    return Page(
        items=[BudgetLineOut.of(line) for line in lines[:limit]],
        next=encode(last.recorded_at.isoformat(), last.id) if last else None,
    )


@router.get("/{round_id}/budget")
async def get_budget(round_id: UUID, session: Session, _caller: Trainer) -> BudgetOut:
    """What was planned, received and spent, by category."""
    row = await repository.get(session, round_id)
    return BudgetOut.of(await repository.sums(session, row.id))


@router.get("/{round_id}/costs")
async def get_costs(round_id: UUID, session: Session, _caller: Trainer) -> CostsOut:
    """What came in and was spent for each participation and for each session."""
    return CostsOut.of(await service.costs(session, await repository.get(session, round_id)))


async def _moved(session: Session, row: Round, response: Response) -> RoundOut:
    await session.flush()
    etag.tag(response, row)
    return RoundOut.of(row)
