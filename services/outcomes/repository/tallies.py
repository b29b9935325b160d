"""Keeps and reads the partnership's tallies, and the figures that were put in by hand."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    BindParameter,
    CollectionAggregate,
    Integer,
    Row,
    Text,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain import blocks
from services.outcomes.domain.figures import Tally as Sums
from services.outcomes.domain.figures import Unit
from services.outcomes.domain.steps import Step
from services.outcomes.models import AreaFigure, CostInput, Tally, TallyEnd, TallyLine
from shared.db import work_of

R = TypeVar("R", AreaFigure, CostInput)
_UNITS = {Unit.FAMILIES: Tally.families, Unit.CHILDREN: Tally.children, Unit.PLANS: Tally.plans}
# In the order of the units.
_ON_LINES = [TallyLine.families, TallyLine.children, TallyLine.plans]
_COUNTS = {"families": TallyEnd.families, "children": TallyEnd.children, "plans": TallyEnd.plans}
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
    had begun by its eve, less what of that has ended by `last`: before the eve's block of days, or since.
    """
    eve = first - timedelta(days=1) if first > blocks.FIRST else None
    standing, before = await _on_lines(session, last, eve)
    figures = sorted({figure for figure, _ in standing})
    if eve:
        before.subtract(await _ended_since(session, figures, last, eve))
    return {
        figure: Sums(
            {unit: standing[figure, unit] - before[figure, unit] for unit in Unit},
            {unit: standing[figure, unit] for unit in Unit},
        )
        for figure in figures
    }


async def _on_lines(session: AsyncSession, last: date, eve: date | None) -> tuple[_Counts, _Counts]:
    """(what stands at the end, what had begun by the eve and not ended before the eve's block)"""
    ends, begun, gone = blocks.until(last), *((blocks.until(eve), blocks.before_plain(eve)) if eve else ([], []))
    line, block = col(TallyLine.line), col(TallyLine.block)
    by_end = block == _any(ends)
    by_eve = or_(and_(line != "ended", block == _any(begun)), and_(line == "ended", block == _any(gone)))
    signed = [case((line == "ended", -col(one)), else_=col(one)) for one in _ON_LINES]
    query = (
        select(
            col(TallyLine.figure),
            *(func.coalesce(func.sum(one).filter(by_end), 0) for one in signed),
            *(func.coalesce(func.sum(one).filter(by_eve), 0) for one in signed),
        )
        .where(
            col(TallyLine.partnership_id) == work_of(session).partnership,
            line.in_(("open", "over", "ended")),
            block == _any(sorted({*ends, *begun, *gone})),
        )
        .group_by(col(TallyLine.figure))
    )
    rows = (await session.execute(query)).all()
    return _counts(rows, 1), _counts(rows, 1 + len(Unit))


async def _ended_since(session: AsyncSession, figures: list[str], last: date, eve: date) -> _Counts:
    """What had begun by the eve and ended from the eve's block on, by `last`: one row of each figure and stretch."""
    stretches = blocks.stretches(last)
    figure = (
        func.unnest(bindparam(None, figures, ARRAY(Text), unique=True))
        .table_valued("figure", name="f")
        .render_derived()
    )
    pairs = func.unnest(_integers(stretches), _integers(stretches.values()))
    asked = pairs.table_valued("stretch", "until", name="s").render_derived()
    row = (
        select(*(col(one)[1 : blocks.place(eve)].label(name) for name, one in _COUNTS.items()))
        .where(
            col(TallyEnd.partnership_id) == work_of(session).partnership,
            col(TallyEnd.figure) == figure.c.figure,
            col(TallyEnd.block) == blocks.plain(eve),
            col(TallyEnd.stretch) == asked.c.stretch,
            col(TallyEnd.until) <= asked.c.until,
        )
        .order_by(col(TallyEnd.until).desc())
        # A number told beside the statement would leave it open to the planner whether one row or all are read.
        .limit(literal_column("1"))
        .lateral("e")
    )
    query = select(figure.c.figure, *(row.c[unit.value] for unit in Unit)).select_from(figure, asked, row)
    found = _Counts()
    for code, *counts in (await session.execute(query)).all():
        found.update({(code, unit): sum(filter(None, some)) for unit, some in zip(Unit, counts, strict=True)})
    return found


def _any(numbers: Iterable[int]) -> CollectionAggregate[bool]:
    return any_(_integers(sorted(numbers)))


def _integers(numbers: Iterable[int]) -> BindParameter[Any]:
    return bindparam(None, list(numbers), ARRAY(Integer), unique=True)


def _counts(rows: Iterable[Row[Any]], begin: int) -> _Counts:
    return Counter({(row[0], unit): int(row[begin + place]) for row in rows for place, unit in enumerate(Unit)})


async def list_inputs(session: AsyncSession, kind: type[R]) -> list[R]:
    """All of them, oldest first: there are a few a year."""
    query = select_rows(kind).order_by(col(kind.recorded_at).desc(), col(kind.id).desc()).limit(KEPT_AT_MOST)
    return list((await session.exec(query)).all())[::-1]
