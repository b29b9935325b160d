"""Child protection plans that run long: one clock a plan, moved on from mark to mark."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.dates import add_months
from services.outcomes.domain.facts import Policy
from services.outcomes.domain.plans import PlanStatus, PlanType
from services.outcomes.models import Plan
from shared import clocks, outbox
from shared.calendar import end_of_day
from shared.clocks import DueClock
from shared.db import now_of
from shared.events.outcomes import PlanLongRunning

KIND = "plan.long-running"


async def watch(session: AsyncSession, plan: Plan, policy: Policy) -> None:
    """Start the clock of a plan that starts. Of marks that had passed before it was recorded only the last is told."""
    if plan.type is not PlanType.CP:
        return
    passed = [months for months, due in _marks(plan, policy) if due <= now_of(session)]
    if passed:
        _tell(session, plan, passed[-1])
    await _move_on(session, plan, policy, now_of(session))


async def unwatch(session: AsyncSession, plan: Plan) -> None:
    """Stop the clock of a plan that ends."""
    await clocks.stop(session, KIND, plan.id)


async def tell_due(session: AsyncSession, plan: Plan | None, due: DueClock, policy: Policy) -> None:
    """A mark was reached: tell it once, and wait for the next one."""
    if plan is None or plan.status is not PlanStatus.OPEN:
        return
    reached = [months for months, at in _marks(plan, policy) if at <= due.due_at]
    if reached:
        _tell(session, plan, reached[-1])
    await _move_on(session, plan, policy, due.due_at)


def _marks(plan: Plan, policy: Policy) -> list[tuple[int, datetime]]:
    return [(months, end_of_day(add_months(plan.started_on, months))) for months in sorted(policy.long_running_months)]


async def _move_on(session: AsyncSession, plan: Plan, policy: Policy, after: datetime) -> None:
    coming = [due for _, due in _marks(plan, policy) if due > after]
    if coming:
        await clocks.start(session, KIND, plan.id, coming[0], family=plan.family_id)


def _tell(session: AsyncSession, plan: Plan, months: int) -> None:
    event = PlanLongRunning(
        family=plan.family_id, child=plan.child_id, plan=plan.id, plan_type=plan.type, months=months
    )
    outbox.add(session, event)
