"""Stages of children, and of a family as its highest child's."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain import invariants
from services.outcomes.domain.codes import code_set_of
from services.outcomes.domain.facts import FamilyFacts
from services.outcomes.domain.results import family_stage
from services.outcomes.domain.timeline import require
from services.outcomes.models import Stage
from services.outcomes.repository import cases, facts
from services.outcomes.repository import readings as repository
from services.outcomes.schemas.readings import StageIn
from services.outcomes.service.counting import recount
from services.outcomes.service.timelines import see, timeline_of
from services.outcomes.service.tools import Tools
from shared import audit, outbox
from shared.db import now_of
from shared.events.outcomes import StageRecorded


async def record(session: AsyncSession, tools: Tools, body: StageIn) -> Stage:
    """A new entry of the child's series; never in the future, never after death."""
    child = await cases.lock_child(session, body.child)
    see(session, child)
    findings = invariants.dated(await timeline_of(session, child), body.from_date, "/from_date")
    require(findings, (), code_set_of(body.from_date).version)
    stage = Stage(
        partnership_id=child.partnership_id,
        family_id=child.family_id,
        child_id=child.id,
        level=body.level,
        from_date=body.from_date,
        recorded_at=now_of(session),
    )
    session.add(stage)
    outbox.add(
        session,
        StageRecorded(
            family=stage.family_id, child=child.id, stage=stage.id, level=stage.level, from_date=stage.from_date
        ),
    )
    await recount(session, await cases.lock_family(session, child.family_id), tools.policy)
    return stage


async def read(session: AsyncSession, stage_id: UUID) -> Stage:
    stage = await repository.get(session, Stage, stage_id)
    audit.saw(session, "child", stage.child_id, family=stage.family_id)
    return stage


async def family_levels(session: AsyncSession, family: UUID, stages: Sequence[Stage]) -> dict[UUID, int]:
    """For each stage, the family's own on the same day."""
    known = FamilyFacts(stages=await facts.stages_of(session, family))
    children = frozenset(stage.child for stage in known.stages)
    return {stage.id: family_stage(known, children, stage.from_date) or stage.level for stage in stages}
