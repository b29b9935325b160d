"""Keeps the partnership's tallies true: after any change, the difference that one family makes is added."""

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.facts import Policy
from services.outcomes.domain.measures import everything
from services.outcomes.domain.steps import Step, changes
from services.outcomes.models import Family
from services.outcomes.repository import facts, tallies


async def recount(session: AsyncSession, family: Family, policy: Policy) -> None:
    """The family is locked, so that its difference is computed from what it counts at present."""
    after = everything(await facts.facts_of(session, family.id), policy)
    delta = changes([_step(row) for row in family.counted], after)
    if delta:
        family.counted = [asdict(step) for step in after]
        await tallies.add(session, delta)


def _step(row: dict[str, Any]) -> Step:
    days = {name: date.fromisoformat(str(row[name])) for name in ("day", "until")}
    return Step(**{**row, **days})
