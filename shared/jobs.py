"""Long computations beside everything else that a worker does, one after the other, each in a process of its own.

A job is a clock. Raising it takes a moment: it is moved on by half a minute, and again and again while the computation
runs, so that whoever is killed leaves a clock behind that another process finds. While it runs no connection is held.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import away, clocks, logging
from shared.clocks import DueClock
from shared.consumer import partnership_work
from shared.db import now_of
from shared.parts import Parts

AHEAD: Final = timedelta(seconds=30)
BEAT_SECONDS: Final = 10.0
# A line is as long as a whole answer.
_LINE: Final = 2**30
_log = logging.get("jobs")
Begun = TypeVar("Begun")
Plain = dict[str, Any]


class NoLongerWantedError(Exception):
    """The job was called off while it ran."""


@dataclass(frozen=True, slots=True)
class Task:
    """The module that computes (`shared.aside`), and what it is given."""

    program: str
    given: Plain


class Job(Protocol[Begun]):
    """One kind of job: what is read before it, what it says meanwhile, what is written after it."""

    async def begin(self, session: AsyncSession, subject: UUID) -> Begun | None:
        """None where nothing is to be done."""
        ...

    async def task(self, begun: Begun) -> Task:
        """What is computed, and what it is given; no transaction is open."""
        ...

    async def note(self, session: AsyncSession, subject: UUID, stage: str) -> None:
        """How far it is; `NoLongerWantedError` ends it."""
        ...

    async def end(self, session: AsyncSession, subject: UUID, begun: Begun, answer: Plain | None) -> None:
        """What came of it; None where it took too long."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """The clock's kind, and how long one may take."""

    clock: str
    most_seconds: float


class Jobs(Generic[Begun]):
    """What this process is to compute."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._waiting: asyncio.Queue[tuple[UUID, UUID]] = asyncio.Queue()
        self._known: set[UUID] = set()

    @property
    def waiting(self) -> int:
        """How many jobs wait for this process."""
        return self._waiting.qsize()

    async def on_due(self, session: AsyncSession, due: DueClock) -> None:
        """The clock of a job."""
        await clocks.start(session, self._kind.clock, due.subject, now_of(session) + AHEAD)
        if due.subject not in self._known:
            self._known.add(due.subject)
            self._waiting.put_nowait((due.partnership, due.subject))

    async def run(self, parts: Parts, job: Job[Begun]) -> None:
        """Until cancelled. What fails is tried again when its clock runs out."""
        while True:
            await self.one(parts, job)

    async def one(self, parts: Parts, job: Job[Begun]) -> None:
        """Do the job that has waited longest, or the next one that comes."""
        partnership, subject = await self._waiting.get()
        try:
            await self._do(parts, job, partnership, subject)
        except NoLongerWantedError:
            _log.info("job-called-off", kind=self._kind.clock)
        except Exception as error:  # noqa: BLE001 - whatever it is, the clock brings it again, a few times
            _log.error("job-failed", kind=self._kind.clock, error=type(error).__name__)
        finally:
            self._known.discard(subject)

    async def _do(self, parts: Parts, job: Job[Begun], partnership: UUID, subject: UUID) -> None:
        async with self._working(parts, partnership) as session:
            begun = await job.begin(session, subject)
        if begun is None:
            return
        beating = asyncio.create_task(self._beat(parts, partnership, subject))
        try:
            task = await job.task(begun)
            async with asyncio.timeout(self._kind.most_seconds):
                answer: Plain | None = await self._computed(parts, job, (partnership, subject), task)
        except TimeoutError:
            answer = None
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
        async with self._working(parts, partnership) as session:
            await job.end(session, subject, begun, answer)

    @asynccontextmanager
    async def _working(self, parts: Parts, partnership: UUID) -> AsyncIterator[AsyncSession]:
        async with parts.worker.transaction(partnership_work(parts, partnership, self._kind.clock)) as session:
            yield session

    async def _beat(self, parts: Parts, partnership: UUID, subject: UUID) -> None:
        """Nobody else takes it up meanwhile. Where the database is away for so long, somebody may; it does no harm."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(*away.DATABASE):
                async with self._working(parts, partnership) as session:
                    await clocks.start(session, self._kind.clock, subject, now_of(session) + AHEAD)

    async def _computed(self, parts: Parts, job: Job[Begun], whose: tuple[UUID, UUID], task: Task) -> Plain:
        """What the process says last; each stage that it enters is noted."""
        pipe = asyncio.subprocess.PIPE
        words = (sys.executable, "-m", task.program)
        process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, limit=_LINE)
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(orjson.dumps(task.given) + b"\n")
            await process.stdin.drain()
            while line := await process.stdout.readline():
                said: Plain = orjson.loads(line)
                if "stage" not in said:
                    return said
                async with self._working(parts, whose[0]) as session:
                    await job.note(session, whose[1], said["stage"])
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        raise ChildProcessError
