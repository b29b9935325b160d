"""Read a sheet that was sent and keep what it says, sealed, until somebody takes it over or discards it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import sheets
from services.training.domain import IMPORTS, ImportStatus
from services.training.models import Import
from services.training.repository import imports as repository
from services.training.sheets import Column, Layout, Refused, Row, RowError, Wrong
from services.training.sheets.rows import MAX_LABELS
from shared import audit, calendar, clocks, history
from shared.crypto import Cipher, Subject, Vault
from shared.db import now_of, work_of
from shared.etag import Match
from shared.ids import new_id
from shared.uploads import Upload

KIND: Final = "import.kept"
KEPT: Final = timedelta(days=7)
# In these columns people say in their own words who they are.
DESCRIBING: Final = (Column.ETHNICITY, Column.GENDER)
# So many are listed of a sheet that is wrong from its first row to its last; all are counted.
MOST_FAULTS: Final = 10_000
# A tenth of a second of work, then whoever waits beside it has a turn.
_BATCH: Final = 2_000
_ROWS: Final = "import_parts.content"
_LABELS: Final = "imports.labels"


@dataclass(slots=True)
class Tally:
    """What is counted of a sheet while its rows pass."""

    rows: int = 0
    errors: int = 0
    faults: list[RowError] = field(default_factory=list)
    labels: dict[str, Counter[str]] = field(default_factory=lambda: {column.value: Counter() for column in DESCRIBING})

    def note(self, batch: list[Row | RowError]) -> list[Row]:
        """The rows of it with which nothing is wrong."""
        rows = [one for one in batch if isinstance(one, Row)]
        wrong = [one for one in batch if isinstance(one, RowError)]
        self.rows += len(rows)
        self.errors += len(wrong)
        self.faults += wrong[: MOST_FAULTS - len(self.faults)]
        for column, counts in self.labels.items():
            counts.update(label for row in rows if (label := getattr(row, column)) is not None)
            if len(counts) > MAX_LABELS:
                raise Refused(Wrong.TOO_MANY_LABELS)
        return rows


async def read(session: AsyncSession, vault: Vault, upload: Upload, fingerprint: bytes) -> Import:
    """Keep a sheet's rows part by part, so that no more than one part of it is held at a time."""
    work, import_id, tally = work_of(session), new_id(), Tally()
    cipher = await vault.cipher(work.partnership, Subject.case(import_id))
    today = calendar.civil_date(now_of(session))
    sheet = await asyncio.to_thread(sheets.opened, upload.file, today)
    row = _noted(session, import_id, sheet.layout, fingerprint)
    session.add(row)
    await session.flush()
    part = 0
    while (sealed := await asyncio.to_thread(_part, sheet.rows, tally, cipher)) is not None:
        if sealed:
            await repository.add_part(session, import_id, part, sealed)
            part += 1
    await repository.add_faults(session, import_id, tally.faults)
    row.rows, row.errors = tally.rows, tally.errors
    row.labels = cipher.seal(_LABELS, orjson.dumps(tally.labels).decode())
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
    return cipher.seal(_ROWS, orjson.dumps([tuple(row) for row in sound]).decode()) if sound else b""


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


async def labels_of(vault: Vault, row: Import) -> list[tuple[Column, str, int]]:
    """(column, label, rows) of a sheet that waits, the most frequent first."""
    if row.labels is None:
        return []
    cipher = await vault.cipher(row.partnership_id, Subject.case(row.id))
    found: dict[str, dict[str, int]] = orjson.loads(cipher.open(_LABELS, row.labels))
    return [
        (Column(column), label, rows)
        for column, counts in found.items()
        for label, rows in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]


async def discard(session: AsyncSession, vault: Vault, import_id: UUID, match: Match) -> Import:
    """Forget a sheet that nobody takes over."""
    row = await repository.get_for_update(session, import_id)
    match.check(row)
    await _discard(session, vault, row)
    audit.saw(session, "import", row.id)
    return row


async def discard_unwanted(session: AsyncSession, vault: Vault, import_id: UUID) -> None:
    """A sheet that has waited for a week is forgotten."""
    row = await session.get(Import, import_id, with_for_update=True)
    if row is not None and IMPORTS.allows(row.status, ImportStatus.DISCARDED):
        await _discard(session, vault, row)


async def _discard(session: AsyncSession, vault: Vault, row: Import) -> None:
    before, row.status = row.status, IMPORTS.move(row.status, ImportStatus.DISCARDED)
    row.labels = None
    history.record(session, "import", row.id, (before, row.status))
    await repository.forget(session, row.id)
    await clocks.stop(session, KIND, row.id)
    await session.flush()
    # What older backups hold of it is not readable any more either.
    await vault.destroy(row.partnership_id, Subject.case(row.id))
