"""Routes for everybody, without a token: releases that were published, as they were frozen, and sessions to come."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response, status

from services.training.api.releases import AS_CSV, Form, Format
from services.training.domain.published import as_csv
from services.training.repository import openings
from services.training.repository import releases as repository
from services.training.schemas.openings import OpeningOut
from services.training.schemas.releases import PublicLine, PublicRelease
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import Session
from shared.visiting import Everybody

router = make_router("/v1/public/releases", "public")
sessions = make_router("/v1/public/sessions", "public")
Partnership = Annotated[UUID | None, Query(description="Only this partnership's.")]
IfNoneMatch = Annotated[str | None, Header(alias="if-none-match", max_length=200)]
# It is never changed; withdrawn, it is to be gone soon.
_KEPT = "public, max-age=300"
_LISTED = "public, max-age=60"


@router.get("")
async def list_published(
    session: Session,
    _everybody: Everybody,
    response: Response,
    partnership: Partnership = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PublicLine]:
    """What has been published, oldest first."""
    response.headers["Cache-Control"] = _LISTED
    rows = await repository.list_published(session, partnership, limit, cursor)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[PublicLine.of(row) for row in rows[:limit]],
        next=encode(last.published_at.isoformat(), last.id) if last else None,
    )


@router.get("/{release_id}", response_model=PublicRelease, responses=AS_CSV)
async def get_published(
    release_id: UUID,
    session: Session,
    _everybody: Everybody,
    form: Format = Form.JSON,
    known: IfNoneMatch = None,
) -> Response:
    """One published release: tables with `c` where a count is hidden, and what was proved of it."""
    row = await repository.get_published(session, release_id)
    headers = {"ETag": f'"{form.value}"', "Cache-Control": _KEPT}
    if known == headers["ETag"]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    if form is Form.CSV:
        return Response(as_csv(row.document["tables"]), media_type="text/csv", headers=headers)
    shown = PublicRelease.of(row, shown=row.document)
    return Response(shown.model_dump_json(by_alias=True), media_type="application/json", headers=headers)


@sessions.get("")
async def list_open_sessions(
    session: Session,
    _everybody: Everybody,
    response: Response,
    partnership: Partnership = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OpeningOut]:
    """Sessions to come that are open to everybody, by their start, and whether there are places left."""
    response.headers["Cache-Control"] = _LISTED
    rows = await openings.list_open(session, partnership, limit, cursor)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[OpeningOut.of(row) for row in rows[:limit]],
        next=encode(last.starts_at.isoformat(), last.id) if last else None,
    )
