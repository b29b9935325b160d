"""Plans of a child: start, step down or up, end, change the category, record a review."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain import invariants
from services.outcomes.domain.codes import code_set_of
from services.outcomes.domain.dates import months_between
from services.outcomes.domain.plans import LIFECYCLE, PlanStatus, PlanType, require_down, require_up
from services.outcomes.domain.timeline import Finding, Span, Timeline, require
from services.outcomes.models import Action, Child, Plan
from services.outcomes.repository import cases
from services.outcomes.repository import plans as repository
from services.outcomes.schemas.plans import EndIn, PlanContent, PlanIn, QueryAccepted, StepIn
from services.outcomes.service import contents, long_running
from services.outcomes.service.counting import recount
from services.outcomes.service.timelines import see, span_of, timeline_of
from services.outcomes.service.tools import Tools, beginning_of
from shared import history, outbox
from shared.db import now_of
from shared.errors import invalid
from shared.etag import Match
from shared.events.outcomes import PlanEnded, PlanReregistered, PlanStarted, PlanSteppedDown, PlanSteppedUp
from shared.ids import new_id

_STEPS = {PlanStatus.STEPPED_DOWN: PlanSteppedDown, PlanStatus.STEPPED_UP: PlanSteppedUp}
_REQUIRE = {PlanStatus.STEPPED_DOWN: require_down, PlanStatus.STEPPED_UP: require_up}


async def start(session: AsyncSession, tools: Tools, child_id: UUID, body: PlanIn) -> Plan:
    """A plan of the child starts, if the timeline holds with it."""
    contents.require_whole(body)
    child = await cases.lock_child(session, child_id)
    see(session, child)
    span = _span(body, body.started_on)
    queries = _require(invariants.starting(await timeline_of(session, child), span), body, body.started_on)
    plan, actions = await _add(session, tools, child, body, span)
    await contents.keep_queries(session, tools, child, plan.id, queries)
    event = PlanStarted(started_on=plan.started_on, actions=tuple(action.id for action in actions), **_of(plan))
    outbox.add(session, event)
    await _after_start(session, tools, plan)
    return plan


async def step(
    session: AsyncSession, tools: Tools, path: tuple[UUID, UUID], body: StepIn, to: tuple[PlanStatus, Match]
) -> tuple[Plan, Plan]:
    """One plan ends and the next, lighter or weightier, starts that day. `path` is (child, plan), `to` the move."""
    contents.require_whole(body)
    child, plan = await _open(session, path, to[1])
    status = LIFECYCLE.move(plan.status, to[0])
    _REQUIRE[status](plan.type, body.type)
    span, timeline = _span(body, body.on), await timeline_of(session, child)
    findings = [
        *invariants.ending(timeline, span_of(plan), body.on, "/on"),
        *invariants.starting(_handed_over(timeline, plan, body.on), span, "/on"),
    ]
    queries = _require(findings, body, body.on)
    await _end(session, plan, status, body.on)
    if plan.type is PlanType.LOOKED_AFTER:
        plan.returned_home = True
    following, actions = await _add(session, tools, child, body, span)
    plan.followed_by = following.id
    await contents.keep_queries(session, tools, child, following.id, queries)
    stepped = _STEPS[status](
        new_plan=following.id,
        new_plan_type=following.type,
        stepped_on=body.on,
        actions=tuple(action.id for action in actions),
        **_of(plan),
    )
    outbox.add(session, stepped)
    await _after_start(session, tools, following)
    return plan, following


async def end(session: AsyncSession, tools: Tools, path: tuple[UUID, UUID], body: EndIn, match: Match) -> Plan:
    """The plan ends and none follows by this act. `path` is (child, plan)."""
    child, plan = await _open(session, path, match)
    status = LIFECYCLE.move(plan.status, PlanStatus.ENDED)
    if (plan.type is PlanType.LOOKED_AFTER) is (body.returned_home is None):
        raise invalid("/returned_home", "of-looked-after", "is needed for a looked-after plan, and for no other")
    findings = invariants.ending(await timeline_of(session, child), span_of(plan), body.ended_on)
    require(findings, (), code_set_of(body.ended_on).version)
    await _end(session, plan, status, body.ended_on)
    plan.returned_home = body.returned_home
    outbox.add(session, PlanEnded(ended_on=body.ended_on, **_of(plan)))
    await recount(session, await cases.lock_family(session, plan.family_id), tools.policy)
    return plan


async def _open(session: AsyncSession, path: tuple[UUID, UUID], match: Match) -> tuple[Child, Plan]:
    child = await cases.lock_child(session, path[0])
    see(session, child)
    plan = await repository.get_plan_for_update(session, *path)
    match.check(plan)
    return child, plan


def _span(body: PlanContent, started_on: date) -> Span:
    return Span(new_id(), body.type, started_on, None, body.conference_on, body.category)


def _handed_over(timeline: Timeline, plan: Plan, day: date) -> Timeline:
    ended = Span(plan.id, plan.type, plan.started_on, day, plan.conference_on, plan.category_latest)
    return timeline.having(ended)


def _require(
    findings: Iterable[Finding], body: PlanContent, day: date
) -> tuple[Sequence[Finding], Sequence[QueryAccepted], str]:
    codes = code_set_of(day).version
    return require(findings, {query.code for query in body.queries_accepted}, codes), body.queries_accepted, codes


async def _add(
    session: AsyncSession, tools: Tools, child: Child, body: PlanContent, span: Span
) -> tuple[Plan, Sequence[Action]]:
    plan = Plan(
        id=span.id,
        partnership_id=child.partnership_id,
        family_id=child.family_id,
        child_id=child.id,
        type=span.type,
        status=PlanStatus.OPEN,
        category_initial=span.category,
        category_latest=span.category,
        conference_on=span.conference_on,
        started_on=span.started_on,
        months_since_last_cp=await _months_since_last_cp(session, child, span),
        code_set=code_set_of(span.started_on).version,
        recorded_at=now_of(session),
    )
    session.add(plan)
    await session.flush()
    _note(session, plan, (None, plan.status), plan.started_on)
    return plan, await contents.write(session, tools, plan, body)


async def _months_since_last_cp(session: AsyncSession, child: Child, span: Span) -> int | None:
    """Whole months since an earlier child protection plan of the child ended; None when there was none."""
    if span.type is not PlanType.CP:
        return None
    ends = [plan.ended_on for plan in await repository.list_plans(session, child.id) if plan.type is PlanType.CP]
    earlier = [day for day in ends if day is not None and day <= span.started_on]
    return months_between(max(earlier), span.started_on) if earlier else None


async def _end(session: AsyncSession, plan: Plan, status: PlanStatus, day: date) -> None:
    _note(session, plan, (plan.status, status), day)
    plan.status, plan.ended_on = status, day
    await long_running.unwatch(session, plan)


async def _after_start(session: AsyncSession, tools: Tools, plan: Plan) -> None:
    if plan.months_since_last_cp is not None:
        outbox.add(session, PlanReregistered(started_on=plan.started_on, **_of(plan)))
    await long_running.watch(session, plan, tools.policy)
    await recount(session, await cases.lock_family(session, plan.family_id), tools.policy)


def _of(plan: Plan) -> dict[str, object]:
    return {"family": plan.family_id, "child": plan.child_id, "plan": plan.id, "plan_type": plan.type}


def _note(session: AsyncSession, plan: Plan, change: tuple[str | None, str], day: date) -> None:
    history.record(session, "plan", plan.id, change, family=plan.family_id, happened_at=beginning_of(day))
