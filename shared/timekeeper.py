"""The timekeeper: looks for clocks that ran out and raises each once, claim and effect in one transaction."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from shared import away, logging
from shared.clocks import CLAIM_DUE, LOOK_LATER, DueClock
from shared.consumer import Handlers, is_transient, partnership_work
from shared.db import enter
from shared.parts import Parts

POLL_SECONDS = 0.5
RETRY = timedelta(minutes=1)
SOON = timedelta(seconds=5)
# A long sheet is taken over for seconds; reminders and the like go on beside it.
AT_ONCE = 2
_log = logging.get("timekeeper")
_NOBODY = UUID(int=0)


async def raise_one(parts: Parts, handlers: Handlers, now: datetime | None = None) -> bool:
    """Raise the clock that is due longest; False when none is. `now` is for whoever asks about another time."""
    work = partnership_work(parts, _NOBODY, "timekeeper")
    work.now = now or work.now
    due: DueClock | None = None
    try:
        async with parts.worker.open(work) as session:
            due = await _claim(session, work.now)
            if due is None:
                return False
            await enter(session, due.partnership)
            await handlers.clocks[due.kind](session, due)
            await parts.worker.commit(session)
    except Exception as error:
        if due is None:
            raise
        pause = SOON if is_transient(error) else RETRY
        _log.error("clock-failed", kind=due.kind, error=type(error).__name__)
        await _look_later(parts, due, work.now + pause)
    parts.poke.set()
    return True


async def _claim(session: AsyncSession, now: datetime) -> DueClock | None:
    row = (await session.execute(CLAIM_DUE, {"now": now})).first()
    if row is None:
        return None
    return DueClock(row.id, row.partnership_id, row.kind, row.subject_id, row.family_id, row.due_at)


async def _look_later(parts: Parts, due: DueClock, later: datetime) -> None:
    async with parts.worker.engine.begin() as connection:
        await connection.execute(LOOK_LATER, {"id": due.id, "later": later})


async def run(parts: Parts, handlers: Handlers) -> None:
    """Watch until cancelled. A clock whose effect fails is looked at again later and holds up no other.

    One that takes long holds up no other either: as long as not all are busy, another one looks beside it.
    """
    busy = set[asyncio.Task[None]]()
    async with asyncio.TaskGroup() as group:
        while True:
            if len(busy) < AT_ONCE:
                task = group.create_task(_work_off(parts, handlers))
                busy.add(task)
                task.add_done_callback(busy.discard)
            await asyncio.sleep(POLL_SECONDS)


async def _work_off(parts: Parts, handlers: Handlers) -> None:
    try:
        while await raise_one(parts, handlers):
            pass
    except away.DATABASE as error:
        _log.warning("timekeeper-waits", error=type(error).__name__)
