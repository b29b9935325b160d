"""Read a sheet that was sent and keep what it says, sealed, until somebody takes it over or discards it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import sheets
from services.training.domain import IMPORTS, ImportStatus
from services.training.models import Import
from services.training.repository import imports as repository
from services.training.service.ahead import ahead
from services.training.sheets import Layout, Row, RowError, kept
from services.training.sheets.kept import Keeping, Part, Summary
from shared import audit, calendar, clocks, history
from shared.crypto import Cipher, Subject, Vault
from shared.db import now_of, work_of
from shared.errors import Conflict
from shared.etag import Match
from shared.ids import new_id
from shared.uploads import Upload

KIND: Final = "import.kept"
KEY_KIND: Final = "import.key"
KEPT: Final = timedelta(days=7)
# So many are listed of a sheet that is wrong from its first row to its last; all are counted.
MOST_FAULTS: Final = 10_000
# Some hundredths of a second of work beside whoever else waits; smaller ones wait more for each other than they work.
_BATCH: Final = 5_000
_ROWS: Final = "import_parts.content"
_SUMMARY: Final = "imports.labels"


@dataclass(slots=True)
class Tally:
    """What is counted of a sheet while its rows pass."""

    rows: int = 0
    errors: int = 0
    faults: list[RowError] = field(default_factory=list)
    keeping: Keeping = field(default_factory=Keeping)

    def note(self, batch: list[Row | RowError]) -> list[Row]:
        """The rows of it with which nothing is wrong."""
        rows = [one for one in batch if isinstance(one, Row)]
        if len(rows) < len(batch):
            wrong = [one for one in batch if isinstance(one, RowError)]
            self.errors += len(wrong)
            self.faults += wrong[: MOST_FAULTS - len(self.faults)]
        self.rows += len(rows)
        return rows


async def read(session: AsyncSession, vault: Vault, upload: Upload, fingerprint: bytes) -> Import:
    """Keep a sheet's rows part by part, so that no more than two parts of it are held at a time."""
    work, import_id, tally = work_of(session), new_id(), Tally()
    cipher = await vault.cipher(work.partnership, Subject.case(import_id))
    today = calendar.civil_date(now_of(session))
    sheet = await asyncio.to_thread(sheets.opened, upload.file, today)
    row = _noted(session, import_id, sheet.layout, fingerprint)
    session.add(row)
    await session.flush()
    async with aclosing(ahead(lambda: _part(sheet.rows, tally, cipher))) as sealed:
        number = 0
        async for content in sealed:
            if content:
                await repository.add_part(session, import_id, number, content)
                number += 1
    await repository.add_faults(session, import_id, tally.faults)
    row.rows, row.errors = tally.rows, tally.errors
    row.labels = cipher.seal(_SUMMARY, tally.keeping.summary())
    await clocks.start(session, KIND, import_id, now_of(session) + KEPT)
    history.record(session, "import", import_id, (None, ImportStatus.READ))
    audit.saw(session, "import", import_id)
    return row


def _part(rows: Iterator[Row | RowError], tally: Tally, cipher: Cipher) -> bytes | None:
    """The next rows, sealed; empty where each of them is wrong, None where there are none."""
    batch = list(islice(rows, _BATCH))
    if not batch:
        return None
    sound = tally.note(batch)
    return cipher.seal(_ROWS, tally.keeping.part(sound)) if sound else b""


def _noted(session: AsyncSession, import_id: UUID, layout: Layout, fingerprint: bytes) -> Import:
    work = work_of(session)
    assert work.organisation is not None  # noqa: S101 - as every caller of a route has
    return Import(
        id=import_id,
        partnership_id=work.partnership,
        organisation_id=work.organisation,
        status=ImportStatus.READ,
        fingerprint=fingerprint,
        kind=layout.kind,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        rows=0,
        errors=0,
        created_at=now_of(session),
        created_by=work.actor,
    )


async def summary_of(vault: Vault, row: Import) -> Summary:
    """What a sheet that waits says beside its rows; nothing of one that does not wait any more."""
    if row.labels is None:
        return Summary.of(Keeping().summary())
    cipher = await vault.cipher(row.partnership_id, Subject.case(row.id))
    text = cipher.open(_SUMMARY, row.labels)
    if not text.startswith(kept.BEGINS):
        raise Conflict("The sheet was read by an earlier version; send it again.", name="send-again")
    return Summary.of(text)


def require_waiting(row: Import) -> None:
    """Only of a sheet that waits there is something to say."""
    if row.status is not ImportStatus.READ:
        raise Conflict("The sheet does not wait any more.", name="sheet-not-waiting", import_status=row.status.value)


def opened(cipher: Cipher, sealed: Sequence[bytes]) -> Part:
    """Rows as they were kept, of several parts together."""
    return Part.joined([Part.of(cipher.open(_ROWS, content)) for content in sealed])


async def discard(session: AsyncSession, import_id: UUID, match: Match) -> Import:
    """Forget a sheet that nobody takes over."""
    # Refused at once where it is being taken over, which may hold the row for seconds.
    waiting = await repository.get(session, import_id)
    IMPORTS.move(waiting.status, ImportStatus.DISCARDED)
    row = await repository.get_for_update(session, import_id)
    match.check(row)
    await _discard(session, row)
    audit.saw(session, "import", row.id)
    return row


async def discard_unwanted(session: AsyncSession, import_id: UUID) -> None:
    """A sheet that has waited for a week is forgotten."""
    row = await session.get(Import, import_id, with_for_update=True)
    if row is not None and IMPORTS.allows(row.status, ImportStatus.DISCARDED):
        await _discard(session, row)


async def _discard(session: AsyncSession, row: Import) -> None:
    before, row.status = row.status, IMPORTS.move(row.status, ImportStatus.DISCARDED)
    history.record(session, "import", row.id, (before, row.status))
    await forget(session, row)


async def forget(session: AsyncSession, row: Import) -> None:
    """Nothing of what the sheet says is needed any more. Its key goes once this is committed, and not before.

    What older backups hold of it is not readable any more then either.
    """
    row.labels = None
    await repository.forget(session, row.id)
    await clocks.stop(session, KIND, row.id)
    await clocks.start(session, KEY_KIND, row.id, now_of(session))


async def destroy_key(vault: Vault, partnership: UUID, import_id: UUID) -> None:
    """Repeating it does no harm: it is done again where it may not have been done."""
    await vault.destroy(partnership, Subject.case(import_id))
