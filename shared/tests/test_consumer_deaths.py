"""The consumer through deaths, restarts and a database that goes away."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg.exceptions import InternalClientError
from sqlalchemy.exc import NoResultFound
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import consumer, kafka
from shared.consumer import Handlers, Later
from shared.errors import NotFound, Unavailable
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.kafka import Consumer, Envelope, Partition, envelope_of
from shared.testing import envelope_for
from shared.tests.bus import numbered
from shared.tests.house import House, until
from shared.tests.listening import Listening
from shared.tests.widgets import Widget


async def test_a_field_that_is_not_known_yet_is_ignored(listening: Listening, house: House) -> None:
    key = new_id()
    good = envelope_for(numbered(key, 1), partnership=house.partnership)
    newer = Envelope.of(good.topic, good.key, good.headers, good.data[:-1] + ',"since_v1":true}')
    await consumer.handle(listening.parts, listening.ear.handlers(), newer)
    assert await listening.effects(key) == [1]


async def test_a_consumer_that_is_stopped_in_the_middle_leaves_nothing_half_done(listening: Listening) -> None:
    key, reached = new_id(), asyncio.Event()

    async def stay(*_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    listening.ear.before = stay
    await listening.bus.say(numbered(key, 1), numbered(key, 2))
    async with listening.on():
        await asyncio.wait_for(reached.wait(), 20)
    assert await listening.effects(key) == []
    listening.ear.before = None
    async with listening.on():
        await listening.heard(key, 1, 2)


async def test_a_consumer_that_died_between_effect_and_offset_repeats_without_a_second_effect(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_id()
    await listening.bus.say(*(numbered(key, number) for number in (1, 2, 3)))

    async def dies_before(*_: object) -> None:
        return

    with monkeypatch.context() as patched:
        patched.setattr("shared.kafka.Consumer.done", dies_before)
        async with listening.on():
            await listening.heard(key, 1, 2, 3)
    async with listening.on():
        await listening.bus.say(numbered(key, 4))
        await listening.heard(key, 1, 2, 3, 4)
    assert [number for _, number in listening.ear.tries] == [1, 2, 3, 4]


async def test_what_had_its_effect_is_not_read_again_after_a_restart(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_id()
    read: list[tuple[int, int]] = []

    def reading(record: Any) -> Envelope:
        read.append((record.partition, record.offset))
        return envelope_of(record)

    noted: set[tuple[int, int]] = set()
    done = Consumer.done

    async def noting(self: Consumer, positions: Mapping[Partition, int]) -> None:
        await done(self, positions)
        noted.update((place.partition, position - 1) for place, position in positions.items())

    async def everything_noted() -> bool:
        return all(any(place[0] == one[0] and place[1] >= one[1] for place in noted) for one in read)

    monkeypatch.setattr(consumer, "envelope_of", reading)
    monkeypatch.setattr(Consumer, "done", noting)
    for number in (1, 2):
        await listening.bus.say(numbered(key, number))
        async with listening.on():
            await listening.heard(key, *range(1, number + 1))
            await until(everything_noted)
    assert len(read) == len(set(read))


async def test_a_client_that_brings_nothing_although_there_is_something_is_replaced(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, hung = new_id(), asyncio.Event()
    start = Consumer.start

    async def deaf(self: Consumer) -> None:
        await start(self)
        if not hung.is_set():
            raw = self._consumer
            raw.pause(*raw.assignment())
            hung.set()

    monkeypatch.setattr(Consumer, "start", deaf)
    monkeypatch.setattr(kafka, "LOOK_SECONDS", 0.5)
    async with listening.on():
        await hung.wait()
        await listening.bus.say(numbered(key, 1))
        await listening.heard(key, 1)


async def test_the_database_may_go_away_while_an_event_is_handled(listening: Listening, admin_dsn: str) -> None:
    key = new_id()

    async def cut(_key: UUID, _number: int, time: int) -> None:
        if time == 1:
            admin = await asyncpg.connect(admin_dsn)
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%widgets%'"
                                " AND usename = 'training_worker' AND state = 'idle in transaction'")  # fmt: skip
            await admin.close()

    listening.ear.before = cut
    await listening.bus.say(numbered(key, 1), numbered(key, 2))
    async with listening.on():
        await listening.heard(key, 1, 2)
    assert await listening.parked() == []
    assert len(listening.ear.tries) == 4


async def test_two_who_write_the_same_row_at_once_do_not_park_the_event(listening: Listening, house: House) -> None:
    taken = new_id()
    times: list[int] = []

    async def insert(session: AsyncSession, _event: InductionStarted) -> None:
        times.append(1)
        if len(times) == 1:
            async with listening.parts.app.open(house.work()) as other:
                other.add(Widget(id=taken, partnership_id=house.partnership, label="first"))
                await other.commit()
            session.add(Widget(id=taken, partnership_id=house.partnership, label="second"))

    heard = Handlers()
    heard.on(InductionStarted, insert)
    await consumer.handle(listening.parts, heard, envelope_for(numbered(new_id(), 1), partnership=house.partnership))
    assert len(times) == 2
    assert await listening.parked() == []


def errors_of(exceptions: Sequence[BaseException]) -> list[bool]:
    return [consumer.is_transient(one) for one in exceptions]


def test_only_what_can_help_is_tried_again() -> None:
    helps = [
        Later(),
        Unavailable(),
        OSError(),
        ConnectionResetError(),
        TimeoutError(),
        PoolTimeout(),
        InternalClientError(),
    ]
    does_not = [ValueError(), KeyError(), NotFound(), NoResultFound(), AssertionError(), RuntimeError()]
    assert errors_of(helps) == [True] * len(helps)
    assert errors_of(does_not) == [False] * len(does_not)
