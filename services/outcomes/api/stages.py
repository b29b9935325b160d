"""Routes of stages."""

from uuid import UUID

from fastapi import status

from services.outcomes.api.callers import PlanReader, PlanRecorder, ToolsOf
from services.outcomes.api.pages import page
from services.outcomes.models import Stage
from services.outcomes.repository import readings as repository
from services.outcomes.schemas.readings import StageIn, StageOut
from services.outcomes.service import stages as service
from shared import audit
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/stages", "stages")


@router.post("", status_code=status.HTTP_201_CREATED)
async def record_stage(body: StageIn, session: Session, _caller: PlanRecorder, tools: ToolsOf) -> StageOut:
    """Record the stage of a child from a day on."""
    stage = await service.record(session, tools, body)
    return StageOut.of(stage, (await service.family_levels(session, stage.family_id, [stage]))[stage.id])


@router.get("")
async def list_stages(
    family: UUID,
    session: Session,
    _caller: PlanReader,
    child: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StageOut]:
    """Stages of a family's children, or of one of them, as they were recorded."""
    audit.saw(session, "family", family, family=family)
    rows = await repository.list_page(session, Stage, family, limit, cursor, child_id=child)
    levels = await service.family_levels(session, family, rows)
    return page(rows, limit, lambda stage: StageOut.of(stage, levels[stage.id]))


@router.get("/{stage}")
async def get_stage(stage: UUID, session: Session, _caller: PlanReader) -> StageOut:
    """One stage."""
    row = await service.read(session, stage)
    return StageOut.of(row, (await service.family_levels(session, row.family_id, [row]))[row.id])
