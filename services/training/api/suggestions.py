"""Routes of suggestions: make one, see what came of it, answer it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.training.api.callers import Trainer
from services.training.domain import SuggestionStatus
from services.training.models import Suggestion
from services.training.repository import suggestions as repository
from services.training.schemas.suggestions import AnswerIn, SuggestionIn, SuggestionOut
from services.training.service import suggestions as service
from shared import etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page, encode
from shared.parts import Parts
from shared.routing import PartsOf, Session

router = make_router("/v1/suggestions", "suggestions")
Wanted = Annotated[SuggestionStatus | None, Query(alias="status", description="Only those that stand so.")]
About = Annotated[UUID | None, Query(description="Only those about this programme, course or round.")]


@router.post("", status_code=status.HTTP_201_CREATED)
async def make_suggestion(
    body: SuggestionIn, session: Session, caller: Trainer, parts: PartsOf, response: Response
) -> SuggestionOut:
    """Note what participants or a partner suggest about a programme, a course or a round."""
    row = await service.make(session, parts.vault, body, caller.organisation)
    return await _shown(session, parts, row, response)


@router.get("")
async def list_suggestions(
    session: Session,
    _caller: Trainer,
    parts: PartsOf,
    wanted: Wanted = None,
    about_id: About = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SuggestionOut]:
    """Suggestions that the caller's organisation made or is to answer, oldest first."""
    rows = await repository.list_shared(session, wanted, about_id, limit, cursor)
    next_page = encode(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=await service.shown(session, parts.vault, rows[:limit]), next=next_page)


@router.get("/{suggestion_id}")
async def get_suggestion(
    suggestion_id: UUID, session: Session, _caller: Trainer, parts: PartsOf, response: Response
) -> SuggestionOut:
    """One suggestion, and the answer to it."""
    return await _shown(session, parts, await repository.get(session, suggestion_id), response)


@router.post("/{suggestion_id}/answer")
async def answer_suggestion(
    suggestion_id: UUID,
    body: AnswerIn,
    session: Session,
    _caller: Trainer,
    parts: PartsOf,
    match: IfMatch,
    response: Response,
) -> SuggestionOut:
    """Say how it is taken up, or why not: by the organisation that offers what it is about."""
    row = await service.answer(session, parts.vault, suggestion_id, body, match)
    return await _shown(session, parts, row, response)


async def _shown(session: Session, parts: Parts, row: Suggestion, response: Response) -> SuggestionOut:
    await session.flush()
    etag.tag(response, row)
    return (await service.shown(session, parts.vault, [row]))[0]
