"""Keeps and reads the partnership's tallies, and the figures that were put in by hand."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import ARRAY, CollectionAggregate, Integer, Row, any_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain import blocks
from services.outcomes.domain.figures import Tally as Sums
from services.outcomes.domain.figures import Unit
from services.outcomes.domain.steps import Step
from services.outcomes.models import AreaFigure, CostInput, Tally, TallyLine, TallySpan
from shared.db import work_of

R = TypeVar("R", AreaFigure, CostInput)
_UNITS = {Unit.FAMILIES: Tally.families, Unit.CHILDREN: Tally.children, Unit.PLANS: Tally.plans}
_Counts = Counter[tuple[str, Unit]]
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
    """What stands at the end of `last`: all, and what was reached from `first` on. Costs the same for any number.

    What stands is what has begun by then less what has ended by then. What of it was reached before the period is what
    had begun by its eve and has no end, or a later one than `last`.
    """
    ends, eve = blocks.until(last), blocks.until(first - timedelta(days=1)) if first > date.min else []
    standing, before = await _on_lines(session, ends, eve)
    if eve:
        before += await _across(session, blocks.after(last), eve)
    figures = sorted({figure for figure, _ in standing})
    return {
        figure: Sums(
            {unit: standing[figure, unit] - before[figure, unit] for unit in Unit},
            {unit: standing[figure, unit] for unit in Unit},
        )
        for figure in figures
    }


async def _on_lines(session: AsyncSession, ends: list[int], eve: list[int]) -> tuple[_Counts, _Counts]:
    """(what stands at the end, what is open and had begun by the eve)"""
    line, block = col(TallyLine.line), col(TallyLine.block)
    by_end, by_eve = block == _any(ends), block == _any(eve)
    signed = [case((line == "ended", -col(one)), else_=col(one)) for one in _columns(TallyLine)]
    query = (
        select(
            col(TallyLine.figure),
            *(func.coalesce(func.sum(one).filter(by_end), 0) for one in signed),
            *(func.coalesce(func.sum(one).filter(by_eve, line == "open"), 0) for one in signed),
        )
        .where(
            col(TallyLine.partnership_id) == work_of(session).partnership,
            line.in_(("open", "over", "ended")),
            block == _any(sorted({*ends, *eve})),
        )
        .group_by(col(TallyLine.figure))
    )
    rows = (await session.execute(query)).all()
    return _counts(rows, 1), _counts(rows, 1 + len(Unit))


async def _across(session: AsyncSession, later: list[int], eve: list[int]) -> _Counts:
    """What had begun by the eve and ended later."""
    query = (
        select(col(TallySpan.figure), *(func.sum(col(one)) for one in _columns(TallySpan)))
        .where(
            col(TallySpan.partnership_id) == work_of(session).partnership,
            col(TallySpan.until_block) == _any(later),
            col(TallySpan.day_block) == _any(eve),
        )
        .group_by(col(TallySpan.figure))
    )
    return _counts((await session.execute(query)).all(), 1)


def _columns(kind: type[TallyLine] | type[TallySpan]) -> list[int]:
    """In the order of the units; typed as what they hold, as SQLModel has it."""
    return [kind.families, kind.children, kind.plans]


def _any(numbers: list[int]) -> CollectionAggregate[bool]:
    return any_(bindparam(None, sorted(numbers), ARRAY(Integer), unique=True))


def _counts(rows: Iterable[Row[Any]], begin: int) -> _Counts:
    return Counter({(row[0], unit): int(row[begin + place]) for row in rows for place, unit in enumerate(Unit)})


async def list_inputs(session: AsyncSession, kind: type[R]) -> list[R]:
    """All of them, oldest first: there are a few a year."""
    query = select_rows(kind).order_by(col(kind.recorded_at).desc(), col(kind.id).desc()).limit(KEPT_AT_MOST)
    return list((await session.exec(query)).all())[::-1]
