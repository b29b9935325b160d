"""Faults in what goes by the clock: a process that trusts its own, a due date raised by two, a seal that skips."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import sealer, timekeeper, wall_clock
from shared.clocks import DueClock


def _clock_twice() -> None:
    """No claim: another one looks at the same clock before it is marked."""
    looked: set[UUID] = set()
    look = text(
        "SELECT id, partnership_id, kind, subject_id, family_id, due_at FROM clocks"
        " WHERE look_at <= :now AND stopped_at IS NULL AND raised_at IS NULL ORDER BY look_at LIMIT 1"
    )
    mark = text("UPDATE clocks SET raised_at = :now WHERE id = :id")

    async def claim(session: AsyncSession, now: datetime) -> DueClock | None:
        row = (await session.execute(look, {"now": now})).first()
        if row is None:
            return None
        if row.id in looked:
            await session.execute(mark, {"now": now, "id": row.id})
        looked.add(row.id)
        return DueClock(row.id, row.partnership_id, row.kind, row.subject_id, row.family_id, row.due_at)

    timekeeper._claim = claim  # noqa: SLF001 - this process is to be broken


def _sealer_skips() -> None:
    """Half of the rows are taken for sealed without being so."""
    take = str(sealer._TAKE).replace("WHERE u.xid", "WHERE get_byte(uuid_send(u.audit_id), 15) % 2 = 0 AND u.xid")  # noqa: SLF001 - this process is to be broken
    sealer._TAKE = text(take)  # noqa: SLF001 - as above
    sealer._SEALED = text(  # noqa: SLF001 - as above
        "DELETE FROM audit_unsealed WHERE audit_id = ANY(:sealed) OR xid < pg_snapshot_xmin(pg_current_snapshot())"
    )


def _own_clock() -> None:
    """Everybody goes by the clock of their own machine."""

    async def follow(engine: AsyncEngine, asked: asyncio.Event) -> None:
        del engine
        asked.set()
        await asyncio.Event().wait()

    wall_clock.follow = follow


FAULTS: Final[Mapping[str, Callable[[], Any]]] = {
    "own-clock": _own_clock,
    "clock-twice": _clock_twice,
    "sealer-skips": _sealer_skips,
}
