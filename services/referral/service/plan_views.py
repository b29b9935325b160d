"""What is shown of an involvement plan: to its workers, and to a volunteer who signs or works by it."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.plan import SignatoryState
from services.referral.models import ChildPlan, InvolvementPlan, PlanSignatory, PlanTask, Referral
from services.referral.repository import plans, rows
from services.referral.schemas.plans import (
    InvolvementPlanItem,
    InvolvementPlanOut,
    SignatoryOut,
    TaskOut,
    VolunteerPlanOut,
    VolunteerTaskOut,
)
from services.referral.service.plans import open_actions
from services.referral.service.sealing import case_cipher, unseal
from shared import audit
from shared.crypto import Cipher, Vault
from shared.db import work_of


def item_of(plan: InvolvementPlan) -> InvolvementPlanItem:
    """A version in a list, and after a signature."""
    return InvolvementPlanItem(
        id=plan.id,
        version=plan.version,
        version_number=plan.version_number,
        status=plan.status,
        referral=plan.referral_id,
        family=plan.family_id,
        review_on=plan.review_on,
        drafted_at=plan.drafted_at,
        agreed_at=plan.agreed_at,
    )


async def list_versions(session: AsyncSession, referral_id: UUID) -> list[InvolvementPlanItem]:
    """All versions of a referral's plan, oldest first."""
    referral = await rows.get(session, Referral, referral_id)
    audit.saw(session, "referral", referral.id)
    return [item_of(plan) for plan in await plans.list_versions(session, referral.id)]


async def list_waiting(session: AsyncSession) -> list[InvolvementPlanItem]:
    """The versions that wait for the caller's own signature."""
    person = work_of(session).person
    return [item_of(plan) for plan in await plans.list_waiting(session, person)] if person else []


async def show(session: AsyncSession, vault: Vault, plan_id: UUID) -> InvolvementPlanOut:
    """The version as its workers see it."""
    plan = await rows.get(session, InvolvementPlan, plan_id)
    cipher = await case_cipher(session, vault, plan.family_id)
    tasks = await plans.list_tasks(session, plan.id)
    known = await plans.list_child_plans(session, {task.child_id for task in tasks})
    audit.saw(session, "involvement-plan", plan.id)
    return InvolvementPlanOut(
        **item_of(plan).model_dump(),
        limits=unseal(cipher, "involvement_plans.limits", plan.limits),
        tasks=[_task(task, cipher, known) for task in tasks],
        visits_a_week=plan.visits_a_week,
        length_weeks=plan.length_weeks,
        family_input=unseal(cipher, "involvement_plans.family_input", plan.family_input),
        childs_view=unseal(cipher, "involvement_plans.childs_view", plan.childs_view),
        interpreter=plan.interpreter,
        seen_alone_allowed=plan.seen_alone_allowed,
        signatories=[_signatory(one) for one in await plans.list_signatories(session, plan.id)],
    )


async def show_to_volunteer(session: AsyncSession, vault: Vault, plan_id: UUID) -> VolunteerPlanOut:
    """The version as a volunteer sees it: limits and tasks."""
    plan = await rows.get(session, InvolvementPlan, plan_id)
    cipher = await case_cipher(session, vault, plan.family_id)
    mine = [one for one in await plans.list_signatories(session, plan.id) if one.person_id == work_of(session).person]
    audit.saw(session, "involvement-plan", plan.id)
    return VolunteerPlanOut(
        id=plan.id,
        version=plan.version,
        version_number=plan.version_number,
        status=plan.status,
        limits=unseal(cipher, "involvement_plans.limits", plan.limits),
        tasks=[
            VolunteerTaskOut(id=task.id, child=task.child_id, description=_description(task, cipher))
            for task in await plans.list_tasks(session, plan.id)
        ],
        visits_a_week=plan.visits_a_week,
        length_weeks=plan.length_weeks,
        review_on=plan.review_on,
        seen_alone_allowed=plan.seen_alone_allowed,
        my_signature=SignatoryState(mine[-1].state) if mine else None,
    )


def _task(task: PlanTask, cipher: Cipher, known: Sequence[ChildPlan]) -> TaskOut:
    return TaskOut(
        id=task.id,
        child=task.child_id,
        action=task.action_id,
        description=_description(task, cipher),
        open=task.action_id in open_actions(known, task.child_id),
    )


def _description(task: PlanTask, cipher: Cipher) -> str:
    return str(unseal(cipher, "plan_tasks.description", task.description))


def _signatory(one: PlanSignatory) -> SignatoryOut:
    return SignatoryOut(role=one.role, person=one.person_id, volunteer=one.volunteer_id, state=one.state)
