"""Clocks: what is overdue is raised once, by whichever timekeeper comes first, and by none while it is stopped."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import clocks, outbox, timekeeper
from shared.clocks import DueClock
from shared.consumer import Handlers, Later
from shared.db import now_of, work_of
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.house import House, until

NOON = datetime(2031, 3, 3, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Watch:
    """Timekeepers of several processes, and what they raised."""

    def __init__(self, processes: list[Parts], house: House) -> None:
        self.processes, self.parts, self.house = processes, processes[0], house
        self.raised: list[tuple[str, UUID]] = []
        self.fails: dict[UUID, Exception] = {}

    def handlers(self) -> Handlers:
        heard = Handlers()
        for kind in ("decision", "contact"):
            heard.on_clock(kind, self.ring)
        return heard

    async def ring(self, session: AsyncSession, due: DueClock) -> None:
        assert work_of(session).partnership == due.partnership == self.house.partnership
        outbox.add(session, InductionStarted(volunteer=due.subject, induction=due.subject))
        self.raised.append((due.kind, due.subject))
        if due.subject in self.fails:
            raise self.fails[due.subject]

    async def start(self, subject: UUID, due: datetime, kind: str = "decision", **options: Any) -> None:
        async with self.parts.app.open(self.house.work()) as session:
            await clocks.start(session, kind, subject, due, **options)
            await session.commit()

    async def stop(self, subject: UUID, kind: str = "decision") -> None:
        async with self.parts.app.open(self.house.work()) as session:
            await clocks.stop(session, kind, subject)
            await session.commit()

    async def look(self, now: datetime) -> int:
        """How many clocks are raised when somebody looks at that time."""
        count = 0
        while await timekeeper.raise_one(self.parts, self.handlers(), now):
            count += 1
        return count


@pytest.fixture
async def watch(settings_of: Callable[..., Settings], table: None, house: House) -> AsyncIterator[Watch]:
    processes = [Parts.of(settings_of()) for _ in range(2)]
    async with processes[0].worker.engine.begin() as connection:
        await connection.execute(text("DELETE FROM clocks"))
    yield Watch(processes, house)
    for parts in processes:
        await parts.close()


async def test_a_clock_is_raised_once_and_not_before_it_is_due(watch: Watch) -> None:
    subject = new_id()
    await watch.start(subject, NOON)
    assert await watch.look(NOON - timedelta(microseconds=1)) == 0
    assert await watch.look(NOON) == 1
    assert await watch.look(NOON + MINUTE) == 0
    assert watch.raised == [("decision", subject)]
    assert await watch.house.count("outbox") == 1


async def test_two_timekeepers_at_once_raise_every_clock_once(watch: Watch) -> None:
    subjects = [new_id() for _ in range(30)]
    for subject in subjects:
        await watch.start(subject, NOON)

    async def keep(parts: Parts) -> None:
        while await timekeeper.raise_one(parts, watch.handlers(), NOON):
            pass

    await asyncio.gather(*(keep(parts) for parts in watch.processes for _ in range(2)))
    assert sorted(watch.raised) == sorted(("decision", subject) for subject in subjects)
    assert await watch.house.count("outbox") == 30


async def test_a_moved_clock_rings_at_its_new_time_and_again_if_it_had_rung(watch: Watch) -> None:
    subject = new_id()
    await watch.start(subject, NOON)
    await watch.start(subject, NOON + 2 * MINUTE)
    assert await watch.look(NOON + MINUTE) == 0
    assert await watch.look(NOON + 2 * MINUTE) == 1
    await watch.start(subject, NOON + 5 * MINUTE)
    assert await watch.look(NOON + 4 * MINUTE) == 0
    assert await watch.look(NOON + 5 * MINUTE) == 1


async def test_the_same_clock_started_again_does_not_ring_again(watch: Watch) -> None:
    subject = new_id()
    for _ in range(2):
        await watch.start(subject, NOON)
        await watch.look(NOON)
    assert watch.raised == [("decision", subject)]


async def test_a_stopped_clock_does_not_ring_until_it_is_started_again(watch: Watch) -> None:
    subject = new_id()
    await watch.start(subject, NOON)
    await watch.stop(subject)
    await watch.stop(subject)
    await watch.stop(new_id())
    assert await watch.look(NOON + MINUTE) == 0
    await watch.start(subject, NOON)
    assert await watch.look(NOON + MINUTE) == 1


async def test_clocks_of_two_kinds_about_one_subject_are_two(watch: Watch) -> None:
    subject = new_id()
    await watch.start(subject, NOON)
    await watch.start(subject, NOON, kind="contact")
    await watch.stop(subject, kind="contact")
    assert await watch.look(NOON) == 1
    assert watch.raised == [("decision", subject)]


@pytest.mark.parametrize("failure", [ValueError("personal"), Later(), ConnectionResetError()])
async def test_a_failing_effect_leaves_no_trace_holds_up_no_other_and_is_tried_again(
    watch: Watch, failure: Exception
) -> None:
    failing, healthy = new_id(), new_id()
    watch.fails[failing] = failure
    await watch.start(failing, NOON - MINUTE)
    await watch.start(healthy, NOON)
    await watch.look(NOON)
    assert watch.raised == [("decision", failing), ("decision", healthy)]
    assert await watch.house.count("outbox") == 1
    watch.fails.clear()
    assert await watch.look(NOON + timedelta(minutes=2)) == 1
    assert watch.raised[2:] == [("decision", failing)]
    assert await watch.house.count("outbox") == 2


async def test_a_clock_that_nobody_knows_holds_up_no_other(watch: Watch) -> None:
    known = new_id()
    await watch.start(new_id(), NOON - MINUTE, kind="unheard-of")
    await watch.start(known, NOON)
    await watch.look(NOON)
    assert watch.raised == [("decision", known)]


async def test_whoever_stops_a_clock_at_the_moment_it_rings_wins_or_comes_after(watch: Watch) -> None:
    subject = new_id()
    await watch.start(subject, NOON)
    async with watch.parts.app.open(watch.house.work()) as session:
        await clocks.stop(session, "decision", subject)
        assert await timekeeper.raise_one(watch.processes[1], watch.handlers(), NOON) is False
        await session.commit()
    assert await watch.look(NOON + MINUTE) == 0


async def test_whoever_has_the_record_and_stops_its_clock_wins_over_a_clock_that_wants_the_record(watch: Watch) -> None:
    """The request waits first, so that it would be the one that the database ends."""
    subject, claimed = new_id(), asyncio.Event()
    await watch.start(subject, NOON)
    record = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))").bindparams(key=str(subject))

    async def waits() -> bool:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
        return bool((await watch.house.rows(query))[0][0])

    async def want(session: AsyncSession, due: DueClock) -> None:
        claimed.set()
        await until(waits)
        await session.execute(record)
        watch.raised.append((due.kind, due.subject))

    wanting = Handlers()
    wanting.on_clock("decision", want)
    async with watch.parts.app.open(watch.house.work()) as session:
        await session.execute(record)
        raising = asyncio.create_task(timekeeper.raise_one(watch.processes[1], wanting, NOON))
        await claimed.wait()
        await clocks.stop(session, "decision", subject)
        await session.commit()
    assert await raising
    assert await watch.look(NOON + MINUTE) == 0
    assert watch.raised == []


async def test_the_effect_of_a_clock_that_died_before_its_commit_comes_again(watch: Watch) -> None:
    subject, reached = new_id(), asyncio.Event()
    await watch.start(subject, NOON)

    async def stay(session: AsyncSession, due: DueClock) -> None:
        outbox.add(session, InductionStarted(volunteer=due.subject, induction=due.subject))
        reached.set()
        await asyncio.Event().wait()

    dying = Handlers()
    dying.on_clock("decision", stay)
    task = asyncio.create_task(timekeeper.raise_one(watch.processes[1], dying, NOON))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await watch.house.count("outbox") == 0
    assert await watch.look(NOON) == 1


async def test_a_clock_keeps_the_calendar_that_it_was_computed_with(watch: Watch) -> None:
    subject, family = new_id(), new_id()
    await watch.start(subject, NOON, calendar_version="england-test", family=family)
    rows = await watch.house.rows("SELECT calendar_version, family_id FROM clocks WHERE subject_id = :s", s=subject)
    assert rows == [("england-test", family)]


async def test_the_running_timekeeper_raises_what_is_due_now_at_its_own_time(watch: Watch) -> None:
    subject, times = new_id(), []

    async def note(session: AsyncSession, _due: DueClock) -> None:
        times.append(now_of(session))

    heard = Handlers()
    heard.on_clock("decision", note)
    await watch.start(subject, datetime.now(UTC) - MINUTE)
    task = asyncio.create_task(timekeeper.run(watch.parts, heard))

    async def rung() -> bool:
        return bool(times)

    await until(rung, seconds=5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(times) == 1
    assert abs(datetime.now(UTC) - times[0]) < MINUTE


async def test_a_clock_that_takes_long_holds_up_no_other(watch: Watch) -> None:
    slow, quick = new_id(), new_id()
    started, rung = asyncio.Event(), asyncio.Event()

    async def take_long(_session: AsyncSession, _due: DueClock) -> None:
        started.set()
        await asyncio.Event().wait()

    async def ring(_session: AsyncSession, _due: DueClock) -> None:
        rung.set()

    heard = Handlers()
    heard.on_clock("slow", take_long)
    heard.on_clock("quick", ring)
    await watch.start(slow, datetime.now(UTC) - MINUTE, kind="slow")
    task = asyncio.create_task(timekeeper.run(watch.parts, heard))
    try:
        await asyncio.wait_for(started.wait(), 5)
        await watch.start(quick, datetime.now(UTC) - MINUTE, kind="quick")
        await asyncio.wait_for(rung.wait(), 5)
    finally:
        task.cancel()
        await asyncio.wait([task])
