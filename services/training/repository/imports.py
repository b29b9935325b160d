"""Finds sheets that were sent, their sealed rows and what is wrong with them; only the sender's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import ImportStatus
from services.training.models import Import, ImportFault, ImportPart, ImportProgress
from services.training.repository.keyset import after
from services.training.sheets import RowError
from shared.db import work_of
from shared.errors import NotFound
from shared.ids import new_id
from shared.pagination import bad_cursor, decode


async def get(session: AsyncSession, import_id: UUID) -> Import:
    """A sheet that the caller's organisation sent."""
    return _own(session, await session.get(Import, import_id))


async def get_for_update(session: AsyncSession, import_id: UUID) -> Import:
    return _own(session, await session.get(Import, import_id, with_for_update=True))


def _own(session: AsyncSession, row: Import | None) -> Import:
    if row is None or row.organisation_id != work_of(session).organisation:
        raise NotFound
    return row


async def find_same(session: AsyncSession, row: Import) -> Import | None:
    """Another sheet of the caller's organisation with the same content that waits; the first one."""
    query = select(Import).where(
        Import.fingerprint == row.fingerprint,
        Import.organisation_id == row.organisation_id,
        Import.status == ImportStatus.READ,
        Import.id != row.id,
    )
    return (await session.exec(query.order_by(col(Import.created_at), col(Import.id)).limit(1))).first()


async def find_taken(session: AsyncSession, row: Import) -> Import | None:
    """The sheet of the caller's organisation with the same content that was, or is being, taken over."""
    query = select(Import).where(
        Import.fingerprint == row.fingerprint,
        Import.organisation_id == row.organisation_id,
        col(Import.status).in_((ImportStatus.APPLYING, ImportStatus.APPLIED)),
        Import.id != row.id,
    )
    return (await session.exec(query)).first()


async def hold_content(session: AsyncSession, row: Import) -> None:
    """Until the transaction ends, nobody else takes over a sheet of this organisation with the same content."""
    await session.execute(_HOLD, {"what": f"import|{row.organisation_id}|{row.fingerprint.hex()}"})


async def hold_organisation(session: AsyncSession, organisation: UUID) -> None:
    """Until the transaction ends, no other sheet of it is taken over: two would make one session twice."""
    await session.execute(_HOLD, {"what": f"imports|{organisation}"})


_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 5))")


async def list_own(session: AsyncSession, limit: int, cursor: str | None) -> list[Import]:
    """Oldest first; one more than `limit` where there is another page."""
    query = select(Import).where(Import.organisation_id == work_of(session).organisation)
    query = after(query, col(Import.created_at), col(Import.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())


async def list_faults(session: AsyncSession, import_id: UUID, limit: int, cursor: str | None) -> list[ImportFault]:
    """In the sheet's order; one more than `limit` where there is another page."""
    query = select(ImportFault).where(ImportFault.import_id == import_id)
    if cursor is not None:
        (place,) = decode(cursor, 1)
        if not place.isdecimal() or len(place) > _DIGITS:
            raise bad_cursor()
        query = query.where(col(ImportFault.place) > int(place))
    return list((await session.exec(query.order_by(col(ImportFault.place)).limit(limit + 1))).all())


_DIGITS = 9


async def add_part(session: AsyncSession, import_id: UUID, part: int, content: bytes) -> None:
    """Written at once and not kept in the session: a large sheet has fifty of them."""
    row = {"id": new_id(), "partnership_id": work_of(session).partnership, "import_id": import_id}
    await session.execute(insert(ImportPart), [row | {"part": part, "content": content}])


async def list_parts(session: AsyncSession, import_id: UUID, first: int, count: int) -> Sequence[bytes]:
    """Sealed rows of so many parts from one on; none behind the last one."""
    number = col(ImportPart.part)
    query = select(ImportPart.content).where(ImportPart.import_id == import_id, number >= first, number < first + count)
    return (await session.exec(query.order_by(number))).all()


async def add_faults(session: AsyncSession, import_id: UUID, faults: Sequence[RowError]) -> None:
    if not faults:
        return
    shared = {"partnership_id": work_of(session).partnership, "import_id": import_id}
    rows = [
        shared
        | {"id": new_id(), "place": place, "row_number": one.number, "column_name": one.column, "code": one.fault.value}
        for place, one in enumerate(faults, 1)
    ]
    await session.execute(insert(ImportFault), rows)


async def forget(session: AsyncSession, import_id: UUID) -> None:
    """Rows and faults of the sheet are not needed any more."""
    for table in (ImportPart, ImportFault):
        await session.execute(delete(table).where(col(table.import_id) == import_id))


async def find_progress(session: AsyncSession, import_id: UUID) -> int | None:
    """How many rows are written by now; None where nobody is writing them."""
    progress = await session.get(ImportProgress, import_id)
    return progress.rows if progress is not None else None


async def note_progress(session: AsyncSession, import_id: UUID, rows: int) -> None:
    given = {"id": import_id, "partnership": work_of(session).partnership, "rows": rows}
    await session.execute(_NOTE_PROGRESS, given)


async def forget_progress(session: AsyncSession, import_id: UUID) -> None:
    await session.execute(delete(ImportProgress).where(col(ImportProgress.id) == import_id))


_NOTE_PROGRESS = text(
    "INSERT INTO import_progress (id, partnership_id, rows) VALUES (:id, :partnership, :rows)"
    " ON CONFLICT (id) DO UPDATE SET rows = excluded.rows"
)
