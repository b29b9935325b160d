"""Routes of imports: send a sheet, look at what it says, say what its words stand for, take it over or discard it."""

from typing import Annotated
from uuid import UUID

from fastapi import Response, status

from services.training.api.callers import Trainer
from services.training.models import Import
from services.training.repository import imports as repository
from services.training.schemas.imports import ApplyIn, CodesIn, FaultOut, ImportLine, ImportOut
from services.training.service import import_codes, import_preview, taking_over
from services.training.service import imports as service
from shared import audit, etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page, encode
from shared.parts import Parts
from shared.routing import PartsOf, Session
from shared.uploads import Upload, takes

router = make_router("/v1/imports", "imports")
# What browsers say of either kind; what it is shows the file itself.
SHEETS = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/octet-stream",
)
Sheet = Annotated[Upload, takes(*SHEETS)]


@router.post("", status_code=status.HTTP_201_CREATED)
async def read_sheet(file: Sheet, session: Session, _caller: Trainer, parts: PartsOf, response: Response) -> ImportOut:
    """Send an attendance sheet, CSV or Excel: what it says is shown, and nothing is taken over yet."""
    row = await service.read(session, parts.vault, file, parts.auditor.fingerprint(file.digest))
    await session.flush()
    etag.tag(response, row)
    return await _shown(session, parts, row)


@router.get("")
async def list_imports(
    session: Session, _caller: Trainer, limit: Limit = 50, cursor: Cursor = None
) -> Page[ImportLine]:
    """Sheets that the caller's organisation has sent, oldest first."""
    rows = await repository.list_own(session, limit, cursor)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[ImportLine.of(row) for row in rows[:limit]],
        next=encode(last.created_at.isoformat(), last.id) if last else None,
    )


@router.get("/{import_id}")
async def get_import(
    import_id: UUID, session: Session, _caller: Trainer, parts: PartsOf, response: Response
) -> ImportOut:
    """One sheet: how it was understood, and the words in it by which people describe themselves."""
    row = await repository.get(session, import_id)
    audit.saw(session, "import", row.id)
    etag.tag(response, row)
    return await _shown(session, parts, row)


@router.get("/{import_id}/errors")
async def list_import_errors(
    import_id: UUID, session: Session, _caller: Trainer, limit: Limit = 50, cursor: Cursor = None
) -> Page[FaultOut]:
    """What is wrong with the sheet, by row and column, in its order; the first ten thousand."""
    await repository.get(session, import_id)
    rows = await repository.list_faults(session, import_id, limit, cursor)
    return Page(
        items=[FaultOut.of(row) for row in rows[:limit]],
        next=encode(rows[limit - 1].place) if len(rows) > limit else None,
    )


@router.put("/{import_id}/codes")
async def give_codes_of_sheet(
    import_id: UUID, body: CodesIn, session: Session, _caller: Trainer, parts: PartsOf, response: Response
) -> ImportOut:
    """Say which codes the sheet's words for ethnicity and gender stand for; words used before are known already."""
    row = await import_codes.answer(session, parts.vault, parts.settings, import_id, body.codes)
    etag.tag(response, row)
    return await _shown(session, parts, row)


@router.post("/{import_id}/apply", responses={status.HTTP_202_ACCEPTED: {"model": ImportOut}})
async def apply_import(
    import_id: UUID,
    body: ApplyIn,
    session: Session,
    _caller: Trainer,
    match: IfMatch,
    parts: PartsOf,
    response: Response,
) -> ImportOut:
    """Take all of the sheet's rows over, or none: at once, or (202) behind the answer where they are many."""
    row = await taking_over.ask(session, parts, import_id, body, match)
    await session.flush()
    response.status_code = taking_over.status_of(row)
    etag.tag(response, row)
    return await _shown(session, parts, row)


@router.post("/{import_id}/discard")
async def discard_import(
    import_id: UUID, session: Session, _caller: Trainer, match: IfMatch, response: Response
) -> ImportLine:
    """Forget a sheet that waits; of itself it is forgotten after a week."""
    row = await service.discard(session, import_id, match)
    etag.tag(response, row)
    return ImportLine.of(row)


async def _shown(session: Session, parts: Parts, row: Import) -> ImportOut:
    return ImportOut.whole(row, await import_preview.shown(session, parts, row))
