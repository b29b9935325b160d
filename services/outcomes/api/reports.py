"""Routes of reports, and of the figures that are put in for them."""

from datetime import date
from typing import Annotated

from fastapi import Query, status

from services.outcomes.api.callers import FigureRecorder, ReportReader
from services.outcomes.domain.area import AreaCode
from services.outcomes.domain.cost import CostCode
from services.outcomes.domain.published import COST
from services.outcomes.models import AreaFigure, CostInput
from services.outcomes.repository import tallies as repository
from services.outcomes.schemas.reports import (
    AreaFigureIn,
    AreaFigureOut,
    AreaFiguresOut,
    CostFigureOut,
    CostInputIn,
    CostInputOut,
    CostInputsOut,
    CostOut,
    FigureOut,
    ImpactOut,
    PublishedOut,
)
from services.outcomes.service import reports as service
from services.outcomes.service.tools import today_of
from shared.http import router as make_router
from shared.routing import Session

router = make_router("/v1/reports", "reports")

From = Annotated[date | None, Query(alias="from", description="First day of the period; without it all that is known.")]
To = Annotated[date | None, Query(description="Last day of the period; today if left out.")]


@router.get("/impact")
async def get_impact(session: Session, _caller: ReportReader, first: From = None, to: To = None) -> ImpactOut:
    """The impact report of this partnership: transitions in families and in children, each with its definition."""
    last = to or today_of(session)
    found = await service.impact(session, first, last)
    return ImpactOut(**{"from": first}, to=last, figures=[FigureOut.of(figure) for figure in found])


@router.get("/cost")
async def get_cost(session: Session, _caller: ReportReader) -> CostOut:
    """The cost report of this partnership: the published method and like for like, labelled."""
    inputs = await service.standing_cost_inputs(session)
    scale = [row for row in await service.standing_area_figures(session) if row.code in _SCALE]
    return CostOut(
        inputs=[CostInputOut.of(row) for row in inputs.values()],
        scale=[AreaFigureOut.of(row) for row in scale],
        figures=[
            CostFigureOut(
                code=figure.code,
                label=figure.label,
                definition=figure.definition,
                method=figure.method,
                families=figure.families,
                value=figure.exact(),
                shown=figure.shown(),
                published=PublishedOut.of(COST.get(figure.code)),
            )
            for figure in service.cost(inputs)
        ],
        missing=[code for code in CostCode if code not in inputs],
    )


_SCALE = frozenset(AreaCode) - {AreaCode.LOOKED_AFTER_CHILDREN}


@router.post("/area-figures", status_code=status.HTTP_201_CREATED)
async def put_area_figure(body: AreaFigureIn, session: Session, _caller: FigureRecorder) -> AreaFigureOut:
    """Put in a yearly figure of the whole area."""
    return AreaFigureOut.of(await service.put_area_figure(session, body))


@router.get("/area-figures")
async def list_area_figures(session: Session, _caller: ReportReader) -> AreaFiguresOut:
    """Every yearly figure that was put in, oldest first."""
    rows = await repository.list_inputs(session, AreaFigure)
    return AreaFiguresOut(items=[AreaFigureOut.of(row) for row in rows])


@router.post("/cost-inputs", status_code=status.HTTP_201_CREATED)
async def put_cost_input(body: CostInputIn, session: Session, _caller: FigureRecorder) -> CostInputOut:
    """Put in what the scheme saved, or what it cost, and for how many families."""
    return CostInputOut.of(await service.put_cost_input(session, body))


@router.get("/cost-inputs")
async def list_cost_inputs(session: Session, _caller: ReportReader) -> CostInputsOut:
    """Every input that was put in, oldest first."""
    return CostInputsOut(items=[CostInputOut.of(row) for row in await repository.list_inputs(session, CostInput)])
