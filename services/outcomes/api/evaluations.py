"""Routes of evaluations."""

from uuid import UUID

from fastapi import status

from services.outcomes.api.callers import CaseReader, Evaluator, ToolsOf
from services.outcomes.api.pages import page
from services.outcomes.models import Evaluation
from services.outcomes.repository import readings as repository
from services.outcomes.schemas.readings import EvaluationIn, EvaluationOut
from services.outcomes.service import evaluations as service
from shared import audit
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/evaluations", "evaluations")


@router.post("", status_code=status.HTTP_201_CREATED)
async def record_evaluation(body: EvaluationIn, session: Session, caller: Evaluator, tools: ToolsOf) -> EvaluationOut:
    """Record what the family, the lead practitioner or a volunteer says at the end."""
    return EvaluationOut.of(await service.record(session, tools, caller, body), body.text)


@router.get("")
async def list_evaluations(
    family: UUID,
    session: Session,
    _caller: CaseReader,
    tools: ToolsOf,
    referral: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EvaluationOut]:
    """Evaluations of a family, or of one of its referrals, as they were recorded."""
    audit.saw(session, "family", family, family=family)
    rows = await repository.list_page(session, Evaluation, family, limit, cursor, referral_id=referral)
    texts = await service.texts_of(session, tools, rows)
    return page(rows, limit, lambda row: EvaluationOut.of(row, texts.get(row.id)))


@router.get("/{evaluation}")
async def get_evaluation(evaluation: UUID, session: Session, _caller: CaseReader, tools: ToolsOf) -> EvaluationOut:
    """One evaluation."""
    row = await service.read(session, evaluation)
    return EvaluationOut.of(row, (await service.texts_of(session, tools, [row])).get(row.id))
