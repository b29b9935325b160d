"""The relay: everything that was committed reaches the bus, in order per key, however often relays die."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from shared import flush, outbox, relay
from shared.db import work_of
from shared.events.referral import ConcernRaised, ReferralTriaged
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.kafka import Producer
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.bus import Bus, by_key, number_of, numbered
from shared.tests.house import House, until
from shared.tests.widgets import Widget


@pytest.fixture
def bus(bus_settings: Settings, house: House) -> Bus:
    return Bus(bus_settings, house.partnership)


async def drain(parts: Parts, producer: Producer) -> None:
    while await relay.publish_pending(parts, producer):
        pass


async def write(parts: Parts, house: House, *events: InductionStarted) -> None:
    async with parts.app.open(house.work()) as session:
        for event in events:
            outbox.add(session, event)
        await parts.app.commit(session)


async def test_what_was_committed_is_published_in_order_and_removed(
    house: House, processes: list[Parts], producer: Producer, bus: Bus
) -> None:
    parts, key = processes[0], new_id()
    await write(parts, house, *(numbered(key, number) for number in range(3)))
    await write(parts, house, numbered(key, 3))
    await drain(parts, producer)
    assert await house.count("outbox") == 0
    collected = await bus.collect(4)
    assert by_key(collected) == {str(key): [0, 1, 2, 3]}
    assert {one.type for one in collected} == {"circle.induction.started.v1"}
    assert {one.audience for one in collected} == {frozenset({house.organisation})}
    assert {one.organisation for one in collected} == {house.organisation}


async def test_what_was_rolled_back_is_never_published(house: House, processes: list[Parts]) -> None:
    async with processes[0].app.open(house.work()) as session:
        outbox.add(session, numbered(new_id(), 1))
        session.add(Widget(partnership_id=house.partnership, label="fails at commit"))
        with pytest.raises(Exception, match="no"):
            await processes[0].app.commit(session)
    assert await house.count("outbox") == 0


@pytest.mark.parametrize("more", [0, 1], ids=["of its key alone", "of two keys"])
async def test_the_second_writer_of_a_key_waits_for_the_first_and_comes_after_it(
    house: House, processes: list[Parts], more: int
) -> None:
    key, other, finished = new_id(), new_id(), asyncio.Event()
    parts = processes[0]

    async def second(event: InductionStarted) -> None:
        await write(processes[1], house, event)
        if event.volunteer == key:
            finished.set()

    async with parts.app.open(house.work()) as first:
        for one in (key, *(new_id() for _ in range(more))):
            outbox.add(first, numbered(one, 1))
        await flush_without_commit(parts, first)
        waiting = asyncio.create_task(second(numbered(key, 2)))
        await asyncio.wait_for(second(numbered(other, 1)), 5)
        await until(lambda: someone_waits(house))
        assert not finished.is_set()
        await first.commit()
    await waiting
    rows = await house.rows(
        "SELECT data FROM outbox WHERE partnership_id = :p AND key = :key ORDER BY seq", key=str(key)
    )
    assert [orjson.loads(row.data)["induction"][-1] for row in rows] == ["1", "2"]


async def flush_without_commit(parts: Parts, session: Any) -> None:
    work = work_of(session)
    query, values = flush.statement(work.pending, work.partnership, work.now, parts.auditor.entry(work))
    await (await session.connection()).exec_driver_sql(query, tuple(values))


async def someone_waits(house: House) -> bool:
    rows = await house.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    return bool(rows[0][0])


async def test_two_relays_and_many_writers_at_once_keep_the_order_of_every_key(
    house: House, processes: list[Parts], bus_settings: Settings, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 7)
    keys = [new_id() for _ in range(4)]
    for key in keys:
        async with processes[0].app.open(house.work()) as session:
            session.add(Widget(id=key, partnership_id=house.partnership, label="counter"))
            await session.commit()
    relays = [asyncio.create_task(relay.run(parts)) for parts in processes]
    writers = [count_up(processes[turn % 2], house, key, 15) for turn in range(4) for key in keys]
    await asyncio.gather(*writers)

    async def drained() -> bool:
        return await house.count("outbox") == 0

    await until(drained)
    await stop(relays)
    collected = await bus.collect(240)
    assert by_key(collected) == {str(key): list(range(2, 62)) for key in keys}


async def count_up(parts: Parts, house: House, key: UUID, times: int) -> None:
    """Change one row again and again, as services do, and say each time which version it has become."""
    for _ in range(times):
        async with parts.app.open(house.work()) as session:
            widget = await session.get_one(Widget, key, with_for_update=True)
            widget.label = f"{widget.version}"
            await session.flush()
            outbox.add(session, numbered(key, widget.version))
            await parts.app.commit(session)


async def stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended)


class DiesAfterPublishing(Producer):
    """The broker has everything, the relay does not live to note it."""

    def __init__(self, settings: Settings, death: BaseException) -> None:
        super().__init__(settings)
        self._death = death

    async def publish(self, rows: Sequence[Any]) -> None:
        await super().publish(rows)
        raise self._death


class DiesInTheMiddle(Producer):
    """The broker has the first half."""

    async def publish(self, rows: Sequence[Any]) -> None:
        await super().publish(rows[: len(rows) // 2])
        raise ConnectionResetError


@pytest.mark.parametrize("death", [ConnectionResetError(), asyncio.CancelledError(), KeyError()])
async def test_a_relay_that_dies_between_publishing_and_noting_it_repeats_and_loses_nothing(
    house: House, processes: list[Parts], producer: Producer, bus: Bus, death: BaseException
) -> None:
    parts, key = processes[0], new_id()
    await drain(parts, producer)
    await write(parts, house, *(numbered(key, number) for number in range(6)))
    dying = DiesAfterPublishing(bus.settings, death)
    await dying.start()
    with pytest.raises(type(death)):
        await relay.publish_pending(parts, dying)
    await dying.stop()
    assert await house.count("outbox") == 6
    await drain(processes[1], producer)
    collected = await bus.collect(12)
    assert [number_of(one) for one in collected] == [*range(6), *range(6)]
    assert by_key(collected) == {str(key): list(range(6))}
    assert len({one.id for one in collected}) == 6


async def test_a_batch_that_was_half_published_comes_again_whole(
    house: House, processes: list[Parts], producer: Producer, bus: Bus
) -> None:
    parts, key = processes[0], new_id()
    await drain(parts, producer)
    await write(parts, house, *(numbered(key, number) for number in range(6)))
    dying = DiesInTheMiddle(bus.settings)
    await dying.start()
    with pytest.raises(ConnectionResetError):
        await relay.publish_pending(parts, dying)
    await dying.stop()
    await drain(parts, producer)
    assert [number_of(one) for one in await bus.collect(9)] == [0, 1, 2, *range(6)]


async def test_while_the_broker_is_away_writes_go_on_and_drain_in_order_when_it_is_back(
    house: House, settings_of: Callable[..., Settings], bus: Bus, processes: list[Parts], producer: Producer
) -> None:
    key = new_id()
    cut_off = Parts.of(settings_of(kafka_bootstrap="127.0.0.1:9", topic_prefix=bus.settings.topic_prefix))
    waiting = asyncio.create_task(relay.run(cut_off))
    for number in range(8):
        assert (await house.maker.post("/v1/widgets", {"label": str(number)})).status_code == 201
        await write(processes[0], house, numbered(key, number))
    assert not waiting.done()
    await stop([waiting])
    await cut_off.close()
    assert await house.count("outbox") == 16
    await drain(processes[0], producer)
    assert by_key(await bus.collect(16))[str(key)] == list(range(8))


GRANT = text("INSERT INTO case_access (partnership_id, family_id, organisation_id, part, person_id)"
             " VALUES (:partnership, :family, :organisation, :part, :person)")  # fmt: skip


async def test_a_cases_event_goes_to_whoever_may_see_the_case_in_a_part_that_may_hear_of_it(
    house: House, processes: list[Parts]
) -> None:
    family, parts = new_id(), processes[0]
    la, scheme, partner, of_another = (new_id() for _ in range(4))
    async with parts.worker.open(house.work("system")) as session:
        for organisation, part, whose, person in (
            (la, "la", family, None),
            (scheme, "scheme", family, None),
            (scheme, "scheme", family, new_id()),
            (partner, "partner", family, None),
            (of_another, "la", new_id(), None),
        ):
            grant = {"partnership": house.partnership, "family": whose, "organisation": organisation}
            await session.execute(GRANT, grant | {"part": part, "person": person})
        await session.commit()
    async with parts.app.open(house.work()) as session:
        outbox.add(session, ReferralTriaged(family=family, referral=new_id()))
        outbox.add(session, ConcernRaised(family=family, concern=new_id(), raised_at=house.work().now))
        outbox.add(session, ReferralTriaged(family=new_id(), referral=new_id()))
        outbox.add(session, numbered(new_id(), 1), audience=[partner])
        await parts.app.commit(session)
    rows = await house.rows("SELECT headers->>'ce_audience' FROM outbox WHERE partnership_id = :p ORDER BY seq")
    audiences = [set(filter(None, row[0].split(","))) for row in rows]
    assert audiences == [{str(la), str(scheme), str(partner)}, {str(la)}, set(), {str(partner)}]


async def test_what_was_told_is_told_again_in_its_old_place_when_the_bus_was_lost(
    house: House, processes: list[Parts], producer: Producer, bus: Bus
) -> None:
    parts, key = processes[0], new_id()
    await write(parts, house, *(numbered(key, number) for number in range(3)))
    await drain(parts, producer)
    await write(parts, house, numbered(key, 3))
    assert await relay.tell_again(parts) >= 3
    assert await relay.tell_again(parts) == 0
    await drain(parts, producer)
    collected = await bus.collect(7)
    assert [number_of(one) for one in collected] == [0, 1, 2, 0, 1, 2, 3]
