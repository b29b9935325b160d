"""Routes of labels."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.api.callers import Trainer
from services.training.domain import LabelKind
from services.training.models import Label
from services.training.repository import labels as repository
from services.training.schemas.labels import CodedLabel, CodeIn, CodesOut
from services.training.service import labels as service
from shared import audit, etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page, encode
from shared.parts import Parts
from shared.routing import PartsOf, Session

router = make_router("/v1/labels", "labels")
Coded = Annotated[bool | None, Query(description="Only those that have a code, or only those that have none yet.")]


@router.get("")
async def list_labels(
    session: Session,
    _caller: Trainer,
    parts: PartsOf,
    kind: LabelKind | None = None,
    coded: Coded = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CodedLabel]:
    """Words that participants of the caller's organisation were described by, oldest first."""
    rows = await repository.list_own(session, kind, coded, limit, cursor)
    next_page = encode(rows[limit - 1].id) if len(rows) > limit else None
    audit.saw(session, "label", *(row.id for row in rows[:limit]))
    return Page(items=await _shown(session, parts, rows[:limit]), next=next_page)


@router.get("/codes")
async def list_label_codes(_session: Session, _caller: Trainer) -> CodesOut:
    """The codes that words for an ethnicity or a gender may be given."""
    return CodesOut.known()


@router.put("/{label_id}/code")
async def give_code(
    label_id: UUID,
    body: CodeIn,
    session: Session,
    _caller: Trainer,
    parts: PartsOf,
    match: IfMatch,
    response: Response,
) -> CodedLabel:
    """Say which code these words stand for."""
    row = await service.give_code(session, label_id, body.code, match)
    etag.tag(response, row)
    return (await _shown(session, parts, [row]))[0]


async def _shown(session: AsyncSession, parts: Parts, rows: list[Label]) -> list[CodedLabel]:
    words = await service.open_labels(parts.vault, rows)
    suggested = await repository.suggested(session, [row.id for row in rows])
    return [CodedLabel.of(row, words.get(row.id), suggested.get(row.id)) for row in rows]
