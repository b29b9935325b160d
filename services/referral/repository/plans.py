"""Involvement plans, their tasks and signatories, and the children's own plans."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.match import MatchState
from services.referral.domain.plan import CURRENT, PlanStatus
from services.referral.models import ChildPlan, InvolvementPlan, MatchVolunteer, PlanSignatory, PlanTask


async def list_versions(session: AsyncSession, referral: UUID) -> Sequence[InvolvementPlan]:
    """All versions of a referral's plan, oldest first."""
    query = (
        select(InvolvementPlan)
        .where(col(InvolvementPlan.referral_id) == referral)
        .order_by(col(InvolvementPlan.version_number))
    )
    return (await session.exec(query)).all()


async def list_current_for_update(session: AsyncSession, referral: UUID) -> Sequence[InvolvementPlan]:
    """The versions that are drafted or in force, newest first, locked."""
    query = (
        select(InvolvementPlan)
        .where(
            col(InvolvementPlan.referral_id) == referral,
            col(InvolvementPlan.status).in_([status.value for status in CURRENT]),
        )
        .order_by(col(InvolvementPlan.version_number).desc())
        .with_for_update()
    )
    return (await session.exec(query, execution_options={"populate_existing": True})).all()


async def last_number(session: AsyncSession, referral: UUID) -> int:
    """The number of the newest version; 0 when there is none."""
    query = select(func.max(InvolvementPlan.version_number)).where(col(InvolvementPlan.referral_id) == referral)
    return (await session.exec(query)).one() or 0


async def list_tasks(session: AsyncSession, plan: UUID) -> Sequence[PlanTask]:
    """A version's tasks in their order."""
    query = select(PlanTask).where(col(PlanTask.plan_id) == plan).order_by(col(PlanTask.position))
    return (await session.exec(query)).all()


async def list_signatories(session: AsyncSession, plan: UUID) -> Sequence[PlanSignatory]:
    """A version's signatories; whoever sees it only as a signatory sees only their own row."""
    query = select(PlanSignatory).where(col(PlanSignatory.plan_id) == plan).order_by(col(PlanSignatory.id))
    return (await session.exec(query, execution_options={"populate_existing": True})).all()


async def list_signatories_of_match(session: AsyncSession, match: UUID) -> Sequence[PlanSignatory]:
    """A volunteer's places on the versions that belong to one match."""
    return (await session.exec(select(PlanSignatory).where(col(PlanSignatory.match_id) == match))).all()


async def list_child_plans(session: AsyncSession, children: Collection[UUID]) -> Sequence[ChildPlan]:
    """What was heard of these children's own plans."""
    return (await session.exec(select(ChildPlan).where(col(ChildPlan.child_id).in_(children)))).all()


async def list_waiting(session: AsyncSession, person: UUID) -> Sequence[InvolvementPlan]:
    """The versions that wait for this person's signature, newest first."""
    query = (
        select(InvolvementPlan)
        .join(PlanSignatory, col(PlanSignatory.plan_id) == col(InvolvementPlan.id))
        .where(
            col(PlanSignatory.person_id) == person,
            col(PlanSignatory.state) == "waiting",
            col(PlanSignatory.may_read),
            col(InvolvementPlan.status).in_([status.value for status in CURRENT]),
        )
        .order_by(col(InvolvementPlan.id).desc())
    )
    return (await session.exec(query)).all()


async def list_visited_children(session: AsyncSession, family: UUID, person: UUID) -> set[UUID]:
    """The children whom tasks name in plans in force, where this volunteer is with the family."""
    query = (
        select(PlanTask.child_id)
        .join(InvolvementPlan, col(InvolvementPlan.id) == col(PlanTask.plan_id))
        .join(MatchVolunteer, col(MatchVolunteer.referral_id) == col(InvolvementPlan.referral_id))
        .where(
            col(PlanTask.family_id) == family,
            col(InvolvementPlan.status) == PlanStatus.IN_FORCE.value,
            col(MatchVolunteer.person_id) == person,
            col(MatchVolunteer.state) == MatchState.INTRODUCED.value,
        )
    )
    return set((await session.exec(query)).all())
