"""Audits releases beside everything else that a worker does, one after the other.

A release that is to be audited is a clock. Raising it takes a moment: it is moved on by half a minute, and again and
again while the proof runs, so that whoever is killed leaves a clock behind that another process finds. The proof runs
in a process of its own, and while it does no connection is held.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain.releases import Refusal, Stage
from services.training.repository import releases as repository
from services.training.service import release_audits
from services.training.service.releases import KIND
from shared import away, clocks, logging
from shared.clocks import DueClock
from shared.consumer import partnership_work
from shared.db import now_of
from shared.parts import Parts

AHEAD: Final = timedelta(seconds=30)
BEAT_SECONDS: Final = 10.0
MOST_SECONDS: Final = 1800.0
# A line is as long as a whole release.
_LINE: Final = 2**30
_log = logging.get("auditing")


class Audits:
    """What this process is to audit."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self._waiting: asyncio.Queue[tuple[UUID, UUID]] = asyncio.Queue()
        self._known: set[UUID] = set()
        self._most_seconds = most_seconds

    @property
    def waiting(self) -> int:
        """How many releases wait for this process."""
        return self._waiting.qsize()

    async def on_release_to_audit(self, session: AsyncSession, due: DueClock) -> None:
        """The clock of a release that is to be audited."""
        await clocks.start(session, KIND, due.subject, now_of(session) + AHEAD)
        if due.subject not in self._known:
            self._known.add(due.subject)
            self._waiting.put_nowait((due.partnership, due.subject))

    async def run(self, parts: Parts) -> None:
        """Until cancelled. What fails is tried again when its clock runs out."""
        while True:
            await self.one(parts)

    async def one(self, parts: Parts) -> None:
        """Audit the release that has waited longest, or the next one that comes."""
        partnership, release = await self._waiting.get()
        try:
            await self._audit(parts, partnership, release)
        except Exception as error:  # noqa: BLE001 - whatever it is, the clock brings it again, a few times
            _log.error("audit-failed", error=type(error).__name__)
        finally:
            self._known.discard(release)

    async def _audit(self, parts: Parts, partnership: UUID, release: UUID) -> None:
        async with _working(parts, partnership) as session:
            begun = await release_audits.begin(session, parts.vault, release)
        if begun is None:
            return
        beating = asyncio.create_task(_beat(parts, partnership, release))
        try:
            task = await release_audits.task_of(parts.vault, begun)
            async with asyncio.timeout(self._most_seconds):
                answer = await _proved(parts, (partnership, release), task)
        except TimeoutError:
            answer = {"refused": Refusal.GAVE_UP}
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
        async with _working(parts, partnership) as session:
            considered = [one.id for one in begun.earlier]
            await release_audits.end(session, parts.vault, release, answer, considered)


@asynccontextmanager
async def _working(parts: Parts, partnership: UUID) -> AsyncIterator[AsyncSession]:
    async with parts.worker.transaction(partnership_work(parts, partnership, "releases")) as session:
        yield session


async def _beat(parts: Parts, partnership: UUID, release: UUID) -> None:
    """Nobody else takes it up meanwhile. Where the database is away for so long, somebody may; it does no harm."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        with suppress(*away.DATABASE):
            async with _working(parts, partnership) as session:
                await clocks.start(session, KIND, release, now_of(session) + AHEAD)


async def _proved(parts: Parts, subject: tuple[UUID, UUID], task: dict[str, Any]) -> dict[str, Any]:
    """What the process says last; each stage that it enters is noted."""
    pipe = asyncio.subprocess.PIPE
    words = (sys.executable, "-m", "services.training.proving")
    process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, limit=_LINE)
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(orjson.dumps(task) + b"\n")
        await process.stdin.drain()
        while line := await process.stdout.readline():
            said: dict[str, Any] = orjson.loads(line)
            if "stage" not in said:
                return said
            async with _working(parts, subject[0]) as session:
                await repository.note_stage(session, subject[1], Stage(said["stage"]))
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    raise ChildProcessError
