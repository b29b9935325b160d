"""Finds rounds and adds up their budgets."""

from decimal import Decimal
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import BudgetKind
from services.training.models import BudgetLine, Round
from services.training.repository.keyset import after
from shared.errors import NotFound


async def get(session: AsyncSession, round_id: UUID) -> Round:
    return _found(await session.get(Round, round_id))


async def get_for_update(session: AsyncSession, round_id: UUID) -> Round:
    return _found(await session.get(Round, round_id, with_for_update=True))


async def get_for_share(session: AsyncSession, round_id: UUID) -> Round:
    """Nobody changes it before this transaction ends; others may look at it in the same way."""
    return _found(await session.get(Round, round_id, with_for_update={"read": True}))


def _found(row: Round | None) -> Round:
    if row is None:
        raise NotFound
    return row


async def list_rounds(session: AsyncSession, limit: int, cursor: str | None) -> list[Round]:
    """Oldest first; one more than `limit` where there is another page."""
    query = after(select(Round), col(Round.created_at), col(Round.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())


async def list_budget_lines(session: AsyncSession, round_id: UUID, limit: int, cursor: str | None) -> list[BudgetLine]:
    """Oldest first; one more than `limit` where there is another page."""
    query = select(BudgetLine).where(BudgetLine.round_id == round_id)
    query = after(query, col(BudgetLine.recorded_at), col(BudgetLine.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())


async def sums(session: AsyncSession, round_id: UUID) -> dict[tuple[BudgetKind, str], Decimal]:
    """Pounds by kind and category."""
    by = (col(BudgetLine.kind), col(BudgetLine.category))
    query = select(*by, func.sum(BudgetLine.amount)).where(BudgetLine.round_id == round_id).group_by(*by).order_by(*by)
    return {(kind, category): amount for kind, category, amount in (await session.exec(query)).all()}
