"""Plan a round, open, close or cancel it, and note its money."""

from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import ROUNDS, BudgetKind, RoundStatus
from services.training.domain.costs import Costs
from services.training.models import BudgetLine, Programme, Round
from services.training.repository import catalogue, reports, rounds, sums
from services.training.schemas.rounds import BudgetLineIn, RoundIn
from shared import audit, history, outbox
from shared.calendar import civil_date
from shared.db import now_of, work_of
from shared.errors import Forbidden
from shared.etag import Match
from shared.events.training import RoundClosed


async def plan(session: AsyncSession, body: RoundIn, organisation: UUID) -> Round:
    programme = await catalogue.get(session, Programme, body.programme)
    _require_own(programme.organisation_id, organisation)
    planned = Round(
        partnership_id=programme.partnership_id,
        programme_id=programme.id,
        organisation_id=organisation,
        title=body.title,
        status=RoundStatus.PLANNED,
        funders=body.funders,
        from_day=body.first,
        until_day=body.to,
        created_at=now_of(session),
    )
    session.add(planned)
    history.record(session, "round", planned.id, (None, RoundStatus.PLANNED))
    audit.saw(session, "round", planned.id)
    return planned


async def move(
    session: AsyncSession, round_id: UUID, wanted: RoundStatus, match: Match, reason_code: str | None = None
) -> Round:
    """Open, close or cancel a round of the caller's organisation."""
    row = await _own_for_update(session, round_id)
    match.check(row)
    before, row.status = row.status, ROUNDS.move(row.status, wanted)
    history.record(session, "round", row.id, (before, wanted), reason_code=reason_code)
    if wanted is RoundStatus.CLOSED:
        outbox.add(session, RoundClosed(round=row.id))
    return row


async def note_amount(session: AsyncSession, round_id: UUID, body: BudgetLineIn) -> BudgetLine:
    """At any time: bills come after a round is closed too."""
    row = await _own_for_update(session, round_id)
    line = BudgetLine(
        partnership_id=row.partnership_id,
        round_id=row.id,
        kind=body.kind,
        category=body.category,
        amount=Decimal(body.amount),
        day=body.day,
        funder=body.funder,
        recorded_at=now_of(session),
        recorded_by=work_of(session).actor,
    )
    session.add(line)
    work_of(session).pending.changed = True
    return line


async def costs(session: AsyncSession, row: Round) -> Costs:
    """The round's money over who came to its sessions, on whichever days those were."""
    amounts = await rounds.sums(session, row.id)
    held = await reports.list_sessions_of(session, row.id)
    days = [civil_date(one.starts_at) for one in held]
    periods = [(min(days), max(days))] if days else []
    found = await sums.read_sessions(session, periods, row.organisation_id)
    mine = {key: n for key, n in found.items() if key[1] in {one.id for one in held}}
    received, spent = (
        sum((amount for (kind, _), amount in amounts.items() if kind is wanted), Decimal(0))
        for wanted in (BudgetKind.RECEIVED, BudgetKind.SPENT)
    )
    return Costs(received, spent, sum(mine.values()), len({one for _, one, _ in mine}))


async def _own_for_update(session: AsyncSession, round_id: UUID) -> Round:
    row = await rounds.get_for_update(session, round_id)
    _require_own(row.organisation_id, work_of(session).organisation)
    audit.saw(session, "round", row.id)
    return row


def _require_own(owner: UUID, organisation: UUID | None) -> None:
    if owner != organisation:
        raise Forbidden("This belongs to another organisation.")
