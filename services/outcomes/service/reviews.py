"""What happens to a plan while it is open: its category changes, a review is held."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain import invariants
from services.outcomes.domain.codes import code_set_of
from services.outcomes.domain.plans import PlanStatus, PlanType
from services.outcomes.domain.timeline import Finding, require
from services.outcomes.models import Plan, Review
from services.outcomes.repository import cases
from services.outcomes.repository import plans as repository
from services.outcomes.schemas.plans import CategoryIn, ReviewIn
from services.outcomes.service.counting import recount
from services.outcomes.service.timelines import see, timeline_of
from services.outcomes.service.tools import Tools, beginning_of
from shared import history
from shared.db import now_of, work_of
from shared.errors import Conflict, IllegalMove
from shared.etag import Match


async def change_category(session: AsyncSession, path: tuple[UUID, UUID], body: CategoryIn, match: Match) -> Plan:
    """The latest category of an open child protection plan; the initial one stays. `path` is (child, plan)."""
    child = await cases.lock_child(session, path[0])
    see(session, child)
    plan = await repository.get_plan_for_update(session, *path)
    match.check(plan)
    if plan.type is not PlanType.CP:
        raise Conflict("Only a child protection plan has a category.", name="category-of-cp")
    if plan.status is not PlanStatus.OPEN:
        raise IllegalMove(plan.status, "category-changed")
    timeline = await timeline_of(session, child)
    found = list(invariants.during(timeline, plan.started_on, body.changed_on, "/changed_on"))
    require(found, (), code_set_of(body.changed_on).version)
    history.record(
        session,
        "plan-category",
        plan.id,
        (plan.category_latest, body.category),
        family=plan.family_id,
        happened_at=beginning_of(body.changed_on),
    )
    plan.category_latest = body.category
    return plan


async def hold(session: AsyncSession, tools: Tools, path: tuple[UUID, UUID], body: ReviewIn) -> Plan:
    """A review of the plan, between its start and its end. `path` is (child, plan)."""
    child = await cases.lock_child(session, path[0])
    see(session, child)
    plan = await repository.get_plan_for_update(session, *path)
    found: list[Finding] = list(
        invariants.during(await timeline_of(session, child), plan.started_on, body.held_on, "/held_on")
    )
    if plan.ended_on is not None and body.held_on > plan.ended_on:
        found.append(Finding("after-end", "/held_on", "the plan had ended"))
    if any(review.held_on == body.held_on for review in await repository.list_reviews(session, [plan.id])):
        raise Conflict("A review of that day is recorded already.", name="already-recorded")
    require(found, (), code_set_of(body.held_on).version)
    session.add(
        Review(
            partnership_id=plan.partnership_id,
            family_id=plan.family_id,
            plan_id=plan.id,
            held_on=body.held_on,
            recorded_at=now_of(session),
        )
    )
    work_of(session).pending.changed = True
    await recount(session, await cases.lock_family(session, plan.family_id), tools.policy)
    return plan
