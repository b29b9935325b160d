"""Drafting involvement plans: tasks towards the children's own plans, and who has to sign."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.family import FamilyRole
from services.referral.domain.match import OVER, MatchState
from services.referral.domain.plan import (
    PLAN_LIFECYCLE,
    PlanStatus,
    SignatoryRole,
    SignatoryState,
    missing_roles,
)
from services.referral.domain.referral import Status
from services.referral.models import (
    ChildPlan,
    InvolvementPlan,
    MatchVolunteer,
    PlanSignatory,
    PlanTask,
    Referral,
)
from services.referral.repository import families, plans, referrals, rows
from services.referral.schemas.plans import InvolvementPlanIn, SignatoryIn, TaskIn
from services.referral.service.sealing import case_cipher, seal, seal_some
from services.referral.service.telling import of, tell
from shared import audit, history
from shared.crypto import Cipher, Vault
from shared.db import now_of
from shared.errors import IllegalMove, Invalid, WaitingFor, invalid
from shared.events.outcomes import PlanStarted
from shared.events.referral import InvolvementPlanDrafted

WHERE_DRAFTED = frozenset({Status.ACCEPTED, Status.ACTIVE})


async def draft(session: AsyncSession, vault: Vault, referral_id: UUID, body: InvolvementPlanIn) -> InvolvementPlan:
    """A new version. A draft before it is superseded; the version in force stays so until this one is agreed."""
    referral = await rows.get_for_update(session, Referral, referral_id)
    if Status(referral.status) not in WHERE_DRAFTED:
        raise IllegalMove(referral.status, "involvement-plan")
    await _check_signatories(session, referral, body.signatories)
    current = await plans.list_current_for_update(session, referral.id)
    actions = await _check_tasks(session, referral, body.tasks)
    cipher = await case_cipher(session, vault, referral.family_id)
    plan = await _plan(session, cipher, referral, body)
    session.add(plan)
    session.add_all(_tasks(cipher, plan, body.tasks))
    if body.carry_over and current:
        await _carry_over(session, plan, current[0], body.tasks)
    await _ask_for_signatures(session, plan, body.signatories)
    supersede(session, [one for one in current if one.status == PlanStatus.DRAFTED])
    history.record(session, "involvement-plan", plan.id, (None, plan.status), family=plan.family_id)
    audit.saw(session, "involvement-plan", plan.id, *actions, family=plan.family_id)
    event = InvolvementPlanDrafted(**of(referral), involvement_plan=plan.id, version_number=plan.version_number)
    await tell(session, referral, event)
    return plan


def supersede(session: AsyncSession, versions: Collection[InvolvementPlan]) -> None:
    """These versions are old."""
    for one in versions:
        before = PlanStatus(one.status)
        one.status = PLAN_LIFECYCLE.move(before, PlanStatus.SUPERSEDED)
        history.record(session, "involvement-plan", one.id, (before, one.status), family=one.family_id)


def open_actions(known: Sequence[ChildPlan], child: UUID) -> set[UUID]:
    """The actions of a child's open plans."""
    mine = [one for one in known if one.child_id == child and one.started and one.ended_on is None]
    return {UUID(action) for one in mine for action in one.actions}


def volunteer_signatory(plan: InvolvementPlan, match: MatchVolunteer) -> PlanSignatory:
    """The place on a version that a volunteer has by their match."""
    return PlanSignatory(
        partnership_id=plan.partnership_id,
        plan_id=plan.id,
        family_id=plan.family_id,
        role=SignatoryRole.VOLUNTEER,
        person_id=match.person_id,
        volunteer_id=match.volunteer_id,
        match_id=match.id,
        state=SignatoryState.WAITING,
        may_read=match.state != MatchState.PAUSED,
    )


async def _check_signatories(session: AsyncSession, referral: Referral, signatories: Sequence[SignatoryIn]) -> None:
    lacking = missing_roles({SignatoryRole(one.role) for one in signatories})
    if lacking:
        raise Invalid(
            [{"pointer": "/signatories", "code": f"no-{role.value}", "message": "is missing"} for role in lacking]
        )
    members = await families.list_members(session, referral.family_id)
    adults = {one.person_id for one, _ in members if one.role != FamilyRole.CHILD and one.to_date is None}
    family = {one.person_id for one, _ in members}
    for index, one in enumerate(signatories):
        is_fit = one.person in adults if one.role == "parent" else one.person not in family
        if not is_fit:
            raise invalid(f"/signatories/{index}/person", "wrong-person", "cannot sign in this capacity")


async def _check_tasks(session: AsyncSession, referral: Referral, tasks: Sequence[TaskIn]) -> set[UUID]:
    """Every task names a child of the referral and an action of that child's open plan."""
    for index, task in enumerate(tasks):
        if str(task.child) not in referral.children:
            raise invalid(f"/tasks/{index}/child", "not-in-referral", "is not a child of this referral")
    known = await plans.list_child_plans(session, {task.child for task in tasks})
    for index, task in enumerate(tasks):
        if not any(one.child_id == task.child for one in known):
            raise WaitingFor(
                "gate-child-plan",
                "No plan of this child is known yet.",
                [PlanStarted.TYPE],
                missing=[f"/tasks/{index}"],
            )
        if task.action not in open_actions(known, task.child):
            raise invalid(f"/tasks/{index}/action", "not-in-open-plan", "is not an action of the child's open plan")
    return {task.action for task in tasks}


async def _plan(session: AsyncSession, cipher: Cipher, referral: Referral, body: InvolvementPlanIn) -> InvolvementPlan:
    return InvolvementPlan(
        partnership_id=referral.partnership_id,
        referral_id=referral.id,
        family_id=referral.family_id,
        version_number=await plans.last_number(session, referral.id) + 1,
        status=PlanStatus.DRAFTED,
        limits=seal_some(cipher, "involvement_plans.limits", body.limits),
        visits_a_week=body.visits_a_week,
        length_weeks=body.length_weeks,
        review_on=body.review_on,
        family_input=seal(cipher, "involvement_plans.family_input", body.family_input),
        childs_view=seal(cipher, "involvement_plans.childs_view", body.childs_view),
        interpreter=body.interpreter,
        seen_alone_allowed=body.seen_alone_allowed,
        drafted_at=now_of(session),
    )


def _tasks(cipher: Cipher, plan: InvolvementPlan, tasks: Sequence[TaskIn]) -> list[PlanTask]:
    return [
        PlanTask(
            partnership_id=plan.partnership_id,
            plan_id=plan.id,
            family_id=plan.family_id,
            position=position,
            child_id=task.child,
            action_id=task.action,
            description=seal_some(cipher, "plan_tasks.description", task.description),
        )
        for position, task in enumerate(tasks)
    ]


async def _carry_over(
    session: AsyncSession, plan: InvolvementPlan, source: InvolvementPlan, redrafted: Sequence[TaskIn]
) -> None:
    """Tasks of children whose tasks were not redrafted go on, where the child's plan still has the action."""
    children = {task.child for task in redrafted}
    kept = [task for task in await plans.list_tasks(session, source.id) if task.child_id not in children]
    known = await plans.list_child_plans(session, {task.child_id for task in kept})
    going_on = [task for task in kept if task.action_id in open_actions(known, task.child_id)]
    for position, task in enumerate(going_on, len(redrafted)):
        carried = task.model_dump(exclude={"id", "plan_id", "position", "carried_from"})
        session.add(PlanTask(**carried, plan_id=plan.id, position=position, carried_from=task.id))
    if not going_on and not redrafted:
        raise invalid("/tasks", "too_short", "a plan has at least one task")


async def _ask_for_signatures(session: AsyncSession, plan: InvolvementPlan, signatories: Sequence[SignatoryIn]) -> None:
    for one in signatories:
        session.add(
            PlanSignatory(
                partnership_id=plan.partnership_id,
                plan_id=plan.id,
                family_id=plan.family_id,
                role=one.role,
                person_id=one.person,
                state=SignatoryState.WAITING,
            )
        )
    for match in await referrals.list_matches(session, plan.referral_id):
        if MatchState(match.state) not in OVER:
            session.add(volunteer_signatory(plan, match))
