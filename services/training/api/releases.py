"""Routes of releases: draft, have audited, publish, withdraw, look at."""

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Response, status

from services.training.api.callers import Publisher, Reader
from services.training.domain.published import as_csv
from services.training.models import Release
from services.training.repository import releases as repository
from services.training.schemas.releases import ReleaseIn, ReleaseLine, ReleaseOut
from services.training.service import releases as service
from shared import audit, etag
from shared.crypto import Vault
from shared.errors import Conflict
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import PartsOf, Session

router = make_router("/v1/releases", "releases")


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"


# Besides JSON, which is declared by the model.
AS_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
Format = Annotated[Form, Query(alias="format", description="`csv`: one line for each cell of each table.")]


@router.post("", status_code=status.HTTP_201_CREATED)
async def draft_release(body: ReleaseIn, session: Session, caller: Publisher, response: Response) -> ReleaseLine:
    """Say which tables of which days a release is to have; nothing is counted yet."""
    row = await service.draft(session, body, caller.organisation)
    etag.tag(response, row)
    return ReleaseLine.of(row)


@router.get("")
async def list_releases(
    session: Session, _caller: Reader, limit: Limit = 50, cursor: Cursor = None
) -> Page[ReleaseLine]:
    """Releases of the partnership, oldest first."""
    rows = await repository.list_releases(session, limit, cursor)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[ReleaseLine.of(row) for row in rows[:limit]],
        next=encode(last.created_at.isoformat(), last.id) if last else None,
    )


@router.get("/{release_id}", response_model=ReleaseOut, responses=AS_CSV)
async def get_release(
    release_id: UUID, session: Session, _caller: Reader, parts: PartsOf, response: Response, form: Format = Form.JSON
) -> ReleaseOut | Response:
    """One release: how far its audit is; once audited its tables as they are published, and the verdict."""
    row = await repository.get(session, release_id)
    audit.saw(session, "release", row.id)
    etag.tag(response, row)
    shown = await _shown(parts.vault, row)
    return shown if form is Form.JSON else _as_csv(shown)


@router.post("/{release_id}/audit")
async def audit_release(
    release_id: UUID, session: Session, _caller: Publisher, match: IfMatch, response: Response
) -> ReleaseLine:
    """Freeze the counts, hide what must be hidden and prove it; again where another release came in between.

    It goes on beside the request; `progress` of the release says how far it is.
    """
    row = await service.have_audited(session, release_id, match)
    await session.flush()
    etag.tag(response, row)
    return ReleaseLine.of(row)


@router.post("/{release_id}/publish")
async def publish_release(
    release_id: UUID, session: Session, _caller: Publisher, match: IfMatch, parts: PartsOf, response: Response
) -> ReleaseOut:
    """Let everybody read it. Needs an audit since which nothing else was published."""
    row = await service.publish(session, parts.vault, release_id, match)
    await session.flush()
    etag.tag(response, row)
    return await _shown(parts.vault, row)


@router.post("/{release_id}/withdraw")
async def withdraw_release(
    release_id: UUID, session: Session, _caller: Publisher, match: IfMatch, response: Response
) -> ReleaseLine:
    """Show it to nobody any more. Later audits reckon with it all the same: it has been read."""
    row = await service.withdraw(session, release_id, match)
    await session.flush()
    etag.tag(response, row)
    return ReleaseLine.of(row)


async def _shown(vault: Vault, row: Release) -> ReleaseOut:
    proved = await service.proved_of(vault, row)
    return ReleaseOut.of(row, shown=service.shown(row, proved), bounds=service.bounds(proved))


def _as_csv(shown: ReleaseOut) -> Response:
    if shown.shown is None:
        raise Conflict("It has not been audited yet.", name="release-not-audited")
    return Response(as_csv(shown.shown.model_dump(mode="json")["tables"]), media_type="text/csv")
