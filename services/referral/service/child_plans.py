"""Keeping what the outcomes service tells of the children's own plans: which actions are open."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.models import ChildPlan
from services.referral.repository import rows
from shared.db import work_of
from shared.events.outcomes import PlanEvent


async def note_started(session: AsyncSession, event: PlanEvent, plan: UUID, actions: Sequence[UUID]) -> None:
    """A plan of the child has begun, with these actions; it may be known already that it has ended."""
    row = await _find_or_new(session, event, plan)
    row.started = True
    row.actions = [str(action) for action in actions]


async def note_ended(session: AsyncSession, event: PlanEvent, plan: UUID, day: date) -> None:
    """A plan of the child has ended; its actions are open no more."""
    row = await _find_or_new(session, event, plan)
    row.ended_on = day


async def _find_or_new(session: AsyncSession, event: PlanEvent, plan: UUID) -> ChildPlan:
    row = await rows.find_for_update(session, ChildPlan, plan)
    if row is None:
        row = ChildPlan(
            id=plan, partnership_id=work_of(session).partnership, family_id=event.family, child_id=event.child
        )
        session.add(row)
    return row
