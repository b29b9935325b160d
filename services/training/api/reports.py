"""The route of reports on attendance."""

from typing import Annotated, Any, Final

from fastapi import Query, Response

from services.training.api.callers import ReportReader
from services.training.schemas.reports import Format, ReportOut, ReportQuery
from services.training.service import answering, forms
from shared.http import router as make_router
from shared.routing import PartsOf, Session

router = make_router("/v1/training-reports", "reports on attendance")
_FORMS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {one: {"schema": {"type": "string", "format": "binary"}} for one in forms.MEDIA.values()}}
}


@router.get("", response_model=ReportOut, responses=_FORMS)
async def get_training_report(
    query: Annotated[ReportQuery, Query()], session: Session, caller: ReportReader, parts: PartsOf
) -> ReportOut | Response:
    """Number of participants attending, by one dimension and across another, between two days that both count."""
    answer = await answering.answer(session, parts.vault, query, caller)
    if query.format is Format.JSON:
        return answer
    content, media, headers = forms.formed(answer, query.format)
    return Response(content, media_type=media, headers=headers)
