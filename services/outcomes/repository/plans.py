"""Finds plans, episodes and what belongs to them."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.models import AcceptedQuery, Action, Episode, Need, Plan, Review
from shared.errors import NotFound


async def list_plans(session: AsyncSession, child_id: UUID) -> list[Plan]:
    """The child's plans, oldest first."""
    query = select(Plan).where(Plan.child_id == child_id).order_by(col(Plan.started_on), col(Plan.id))
    return list((await session.exec(query)).all())


async def get_plan_for_update(session: AsyncSession, child_id: UUID, plan_id: UUID) -> Plan:
    """A plan of that child; its family is locked already, so that the newest version is read."""
    plan = await session.get(Plan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None or plan.child_id != child_id:
        raise NotFound
    return plan


async def find_plan(session: AsyncSession, plan_id: UUID) -> Plan | None:
    """Not locked: whoever holds a clock must not wait for a plan whose mover waits for that clock."""
    return await session.get(Plan, plan_id)


async def list_episodes(session: AsyncSession, child_id: UUID) -> list[Episode]:
    query = select(Episode).where(Episode.child_id == child_id)
    return list((await session.exec(query.order_by(col(Episode.referral_date), col(Episode.id)))).all())


async def get_episode_for_update(session: AsyncSession, child_id: UUID, episode_id: UUID) -> Episode:
    episode = await session.get(Episode, episode_id, with_for_update=True, populate_existing=True)
    if episode is None or episode.child_id != child_id:
        raise NotFound
    return episode


async def list_needs(session: AsyncSession, plans: Sequence[UUID]) -> list[Need]:
    query = select(Need).where(col(Need.plan_id).in_(plans)).order_by(col(Need.id))
    return list((await session.exec(query)).all())


async def list_actions(session: AsyncSession, plans: Sequence[UUID]) -> list[Action]:
    query = select(Action).where(col(Action.plan_id).in_(plans)).order_by(col(Action.id))
    return list((await session.exec(query)).all())


async def list_reviews(session: AsyncSession, plans: Sequence[UUID]) -> list[Review]:
    query = select(Review).where(col(Review.plan_id).in_(plans)).order_by(col(Review.held_on), col(Review.id))
    return list((await session.exec(query)).all())


async def list_queries(session: AsyncSession, child_id: UUID) -> list[AcceptedQuery]:
    query = select(AcceptedQuery).where(AcceptedQuery.child_id == child_id).order_by(col(AcceptedQuery.id))
    return list((await session.exec(query)).all())
