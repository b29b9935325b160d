"""Reports from the tallies, and the figures that are put in for them."""

from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain import cost_figures, figures
from services.outcomes.domain.area import AreaCode
from services.outcomes.domain.catalogue import COUNTS, SHARES
from services.outcomes.domain.cost import CostCode
from services.outcomes.domain.cost import CostInput as CostValue
from services.outcomes.domain.cost_figures import CostFigure
from services.outcomes.domain.figures import Figure
from services.outcomes.models import AreaFigure, CostInput
from services.outcomes.repository import tallies as repository
from services.outcomes.schemas.reports import AreaFigureIn, CostInputIn
from shared.db import now_of, work_of
from shared.errors import invalid

R = TypeVar("R", AreaFigure, CostInput)


async def impact(session: AsyncSession, first: date | None, last: date) -> list[Figure]:
    """Every figure of the period, from the partnership's tallies and the area's yearly figures."""
    if first is not None and first > last:
        raise invalid("/query/from", "order", "is after the end of the period")
    sums = await repository.sums(session, first or date.min, last)
    known = {figure.code: figure for figure in figures.counted(COUNTS, sums)}
    known["tracked"] = figures.tracked(known)
    shares = list(figures.shared(SHARES, known))
    return [*known.values(), *shares, figures.looked_after_change(await _looked_after(session))]


async def _looked_after(session: AsyncSession) -> list[figures.AreaFigure]:
    rows = [r for r in await standing_area_figures(session) if r.code is AreaCode.LOOKED_AFTER_CHILDREN]
    return [figures.AreaFigure(row.year, row.value, row.source) for row in rows]


async def standing_area_figures(session: AsyncSession) -> list[AreaFigure]:
    """Of each code and year the one recorded last."""
    return list({(row.code, row.year): row for row in await repository.list_inputs(session, AreaFigure)}.values())


async def standing_cost_inputs(session: AsyncSession) -> dict[CostCode, CostInput]:
    """Of each code the one recorded last."""
    return {row.code: row for row in await repository.list_inputs(session, CostInput)}


def cost(inputs: dict[CostCode, CostInput]) -> list[CostFigure]:
    """The cost report's figures; none before both inputs are there."""
    if any(code not in inputs for code in CostCode):
        return []
    values = {code: CostValue(row.amount, row.families) for code, row in inputs.items()}
    return list(cost_figures.figures(values[CostCode.SAVINGS], values[CostCode.SERVICE]))


async def put_area_figure(session: AsyncSession, body: AreaFigureIn) -> AreaFigure:
    row = AreaFigure(
        partnership_id=work_of(session).partnership,
        **body.model_dump(),
        recorded_by=work_of(session).actor,
        recorded_at=now_of(session),
    )
    return _keep(session, row)


async def put_cost_input(session: AsyncSession, body: CostInputIn) -> CostInput:
    row = CostInput(
        partnership_id=work_of(session).partnership,
        **body.model_dump(exclude={"amount"}),
        amount=Decimal(body.amount),
        recorded_by=work_of(session).actor,
        recorded_at=now_of(session),
    )
    return _keep(session, row)


def _keep(session: AsyncSession, row: R) -> R:
    session.add(row)
    work_of(session).pending.changed = True
    return row
