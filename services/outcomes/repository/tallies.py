"""Keeps and reads the partnership's tallies, and the figures that were put in by hand."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.figures import Tally as Sums
from services.outcomes.domain.figures import Unit
from services.outcomes.domain.steps import Step
from services.outcomes.models import AreaFigure, CostInput, Tally
from shared.db import work_of

R = TypeVar("R", AreaFigure, CostInput)
_UNITS = {Unit.FAMILIES: Tally.families, Unit.CHILDREN: Tally.children, Unit.PLANS: Tally.plans}
KEPT_AT_MOST = 1000


async def add(session: AsyncSession, steps: Sequence[Step]) -> None:
    """Add to the sums, each row in the same order for everybody, so that no two transactions wait for each other."""
    if not steps:
        return
    partnership = work_of(session).partnership
    names = ("figure", "day", "until", "families", "children", "plans")
    rows = [{"partnership_id": partnership, **{name: getattr(step, name) for name in names}} for step in steps]
    statement = insert(Tally).values(rows)
    sums = {unit.value: column + statement.excluded[unit.value] for unit, column in _UNITS.items()}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["partnership_id", "figure", "day", "until"], set_=sums)
    )


async def sums(session: AsyncSession, first: date, last: date) -> dict[str, Sums]:
    """What stands at the end of `last`: all, and what was reached from `first` on. Costs by days, not by cases."""
    within = [func.coalesce(func.sum(c).filter(col(Tally.day) >= first), 0) for c in _UNITS.values()]
    standing = [func.sum(column) for column in _UNITS.values()]
    query = (
        select(col(Tally.figure), *within, *standing)
        .where(
            col(Tally.partnership_id) == work_of(session).partnership, col(Tally.day) <= last, col(Tally.until) > last
        )
        .group_by(col(Tally.figure))
    )
    count = len(_UNITS)
    return {
        row[0]: Sums(
            dict(zip(_UNITS, row[1 : count + 1], strict=True)), dict(zip(_UNITS, row[count + 1 :], strict=True))
        )
        for row in await session.execute(query)
    }


async def list_inputs(session: AsyncSession, kind: type[R]) -> list[R]:
    """All of them, oldest first: there are a few a year."""
    query = select_rows(kind).order_by(col(kind.recorded_at).desc(), col(kind.id).desc()).limit(KEPT_AT_MOST)
    return list((await session.exec(query)).all())[::-1]
