"""Clocks: a due date is a row; an overdue one is raised once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import Unit, work_of
from shared.fragments import GIVES_WAY
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock that ran out: its kind, what it is about and when it was due."""

    id: UUID
    partnership: UUID
    kind: str
    subject: UUID
    family: UUID | None
    due_at: datetime


async def start(
    session: AsyncSession,
    kind: str,
    subject: UUID,
    due_at: datetime,
    *,
    family: UUID | None = None,
    calendar_version: str | None = None,
) -> None:
    """Start the subject's clock of this kind, or move it; a moved clock may be raised again, the same one not."""
    await start_all(session, {kind: due_at}, subject, family=family, calendar_version=calendar_version)


async def start_all(
    session: AsyncSession,
    due: Mapping[str, datetime],
    subject: UUID,
    *,
    family: UUID | None = None,
    calendar_version: str | None = None,
) -> None:
    """Start or move several clocks of one subject at once: when each kind is due."""
    partnership = work_of(session).partnership
    shared = {"partnership": partnership, "subject": subject, "family": family, "version": calendar_version}
    rows = [shared | {"id": new_id(), "kind": kind, "due": due_at} for kind, due_at in due.items()]
    await session.execute(_START, rows)


def note(session: Unit, due: Mapping[str, datetime], subject: UUID, *, family: UUID, calendar_version: str) -> None:
    """As `start_all`, written with all else that the transaction leaves behind."""
    shared = {"subject": subject, "family": family, "version": calendar_version}
    work_of(session).pending.clocks += [
        shared | {"id": new_id(), "kind": kind, "due": due_at} for kind, due_at in due.items()
    ]


async def stop(session: AsyncSession, kind: str, subject: UUID) -> None:
    """Stop the clock; nothing happens when there is none."""
    await session.execute(_STOP, {"kind": kind, "subject": subject, "now": work_of(session).now})


_START = text(
    "INSERT INTO clocks (id, partnership_id, kind, subject_id, family_id, due_at, look_at, calendar_version)"
    " VALUES (:id, :partnership, :kind, :subject, :family, :due, :due, :version)"
    " ON CONFLICT (kind, subject_id) DO UPDATE SET due_at = excluded.due_at, look_at = excluded.due_at,"
    " calendar_version = excluded.calendar_version, stopped_at = NULL,"
    " raised_at = CASE WHEN clocks.due_at = excluded.due_at THEN clocks.raised_at END"
)
_STOP = text("UPDATE clocks SET stopped_at = :now WHERE kind = :kind AND subject_id = :subject AND stopped_at IS NULL")
# A locked clock is left for the next look: whoever holds it is stopping, moving or raising it. A request has its record
# and then stops the clock; who has claimed the clock and then wants the record gives way.
CLAIM_DUE = text(f"""
UPDATE clocks SET raised_at = :now WHERE id = (SELECT id FROM clocks WHERE look_at <= :now AND stopped_at IS NULL
  AND raised_at IS NULL ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, partnership_id, kind, subject_id, family_id, due_at, {GIVES_WAY}
""")  # noqa: S608 - our own words
LOOK_LATER = text("UPDATE clocks SET look_at = :later WHERE id = :id")
