"""Status history: an immutable row for every change of state; who, when, from, to, why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import Unit, work_of
from shared.ids import new_id


def record(  # noqa: PLR0913 - one row has these columns
    session: Unit,
    kind: str,
    subject: UUID,
    change: tuple[str | None, str],
    *,
    family: UUID | None = None,
    reason_code: str | None = None,
    happened_at: datetime | None = None,
) -> None:
    """Add one row. `change` is (from, to); `happened_at` when that is not now."""
    work = work_of(session)
    work.pending.changed = True
    work.pending.history.append(
        {
            "id": new_id(),
            "subject_kind": kind,
            "subject_id": subject,
            "family_id": family,
            "from_status": change[0],
            "to_status": change[1],
            "reason_code": reason_code,
            "actor": work.actor,
            "actor_organisation": work.organisation,
            "happened_at": happened_at or work.now,
        }
    )


async def of(session: AsyncSession, subject: UUID, kind: str | None = None) -> list[dict[str, Any]]:
    """The history of one subject, oldest first; of one kind where several are kept under its id."""
    rows = await session.execute(_OF, {"subject": subject, "kind": kind})
    return [dict(row) for row in rows.mappings()]


_OF = text(
    "SELECT from_status, to_status, reason_code, actor, actor_organisation, happened_at, recorded_at"
    " FROM status_history WHERE subject_id = :subject"
    " AND (CAST(:kind AS text) IS NULL OR subject_kind = :kind) ORDER BY recorded_at, id"
)
