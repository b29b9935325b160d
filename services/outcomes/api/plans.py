"""Routes of the plans on a child's timeline."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, status
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.api.callers import PlanRecorder, ToolsOf
from services.outcomes.domain.plans import PlanStatus
from services.outcomes.models import Plan
from services.outcomes.schemas.plans import CategoryIn, EndIn, PlanIn, PlanOut, ReviewIn, StepIn, StepOut
from services.outcomes.service import contents, reviews
from services.outcomes.service import plans as service
from services.outcomes.service.tools import Tools
from shared import etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.routing import Session

router = make_router("/v1/plan-timelines/{child}/plans", "plan-timelines")


@dataclass(frozen=True, slots=True)
class Move:
    """A move of one plan."""

    child: UUID
    plan: UUID
    match: IfMatch

    @property
    def path(self) -> tuple[UUID, UUID]:
        return self.child, self.plan


def _path(child: UUID, plan: UUID) -> tuple[UUID, UUID]:
    return child, plan


PlanMove = Annotated[Move, Depends()]
PlanPath = Annotated[tuple[UUID, UUID], Depends(_path)]


async def _show(session: AsyncSession, tools: Tools, plan: Plan, response: Response) -> PlanOut:
    details = await contents.details_of(session, tools, plan.child_id, [plan])
    etag.tag(response, plan)
    return PlanOut.of(plan, details)


async def _show_both(session: AsyncSession, tools: Tools, plans: tuple[Plan, Plan], response: Response) -> StepOut:
    started = await _show(session, tools, plans[1], response)
    return StepOut(ended=await _show(session, tools, plans[0], response), started=started)


@router.post("", status_code=status.HTTP_201_CREATED)
async def start_plan(
    child: UUID, body: PlanIn, session: Session, _caller: PlanRecorder, tools: ToolsOf, response: Response
) -> PlanOut:
    """Record a plan that starts, or started some time ago."""
    plan = await service.start(session, tools, child, body)
    return await _show(session, tools, plan, response)


@router.post("/{plan}/step-down")
async def step_down(
    move: PlanMove,
    body: StepIn,
    session: Session,
    _caller: PlanRecorder,
    tools: ToolsOf,
    response: Response,
) -> StepOut:
    """End the plan and start a lighter one on the same day."""
    both = await service.step(session, tools, move.path, body, (PlanStatus.STEPPED_DOWN, move.match))
    return await _show_both(session, tools, both, response)


@router.post("/{plan}/step-up")
async def step_up(
    move: PlanMove,
    body: StepIn,
    session: Session,
    _caller: PlanRecorder,
    tools: ToolsOf,
    response: Response,
) -> StepOut:
    """End the plan and start a weightier one on the same day."""
    both = await service.step(session, tools, move.path, body, (PlanStatus.STEPPED_UP, move.match))
    return await _show_both(session, tools, both, response)


@router.post("/{plan}/end")
async def end_plan(
    move: PlanMove,
    body: EndIn,
    session: Session,
    _caller: PlanRecorder,
    tools: ToolsOf,
    response: Response,
) -> PlanOut:
    """End the plan; the reason of a closure belongs to the episode."""
    return await _show(session, tools, await service.end(session, tools, move.path, body, move.match), response)


@router.post("/{plan}/category")
async def change_category(
    move: PlanMove,
    body: CategoryIn,
    session: Session,
    _caller: PlanRecorder,
    tools: ToolsOf,
    response: Response,
) -> PlanOut:
    """Change the latest category of a child protection plan."""
    return await _show(session, tools, await reviews.change_category(session, move.path, body, move.match), response)


@router.post("/{plan}/reviews", status_code=status.HTTP_201_CREATED)
async def record_review(
    path: PlanPath, body: ReviewIn, session: Session, _caller: PlanRecorder, tools: ToolsOf, response: Response
) -> PlanOut:
    """Record a review of the plan that was held."""
    return await _show(session, tools, await reviews.hold(session, tools, path, body), response)
