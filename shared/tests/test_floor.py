"""The relay's floor: dead entries are passed over, and nothing that may still be committed, or put back, is."""

import pytest

from shared import floor, flush, outbox, relay
from shared.db import work_of
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.kafka import Producer
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.bus import Bus, by_key, numbered
from shared.tests.house import House


async def write(parts: Parts, house: House, event: InductionStarted) -> None:
    async with parts.app.open(house.work()) as session:
        outbox.add(session, event)
        await parts.app.commit(session)


async def test_the_floor_rises_past_nothing_that_somebody_may_still_commit(
    house: House, processes: list[Parts], producer: Producer, bus_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floor, "LOOK_SECONDS", 0.0)
    parts, late, key, mine = processes[0], new_id(), new_id(), floor.Floor()
    while await relay.publish_pending(parts, producer):
        pass
    async with parts.app.open(house.work()) as slow:
        outbox.add(slow, numbered(late, 1))
        work = work_of(slow)
        query, values = flush.statement(work.pending, work.partnership, work.now, parts.auditor.entry(work))
        await (await slow.connection()).exec_driver_sql(query, tuple(values))
        await write(processes[1], house, numbered(key, 1))
        assert [await relay.publish_pending(parts, producer, mine) for _ in range(5)] == [1, 0, 0, 0, 0]
        assert mine.number == 1
        await slow.commit()
    assert [await relay.publish_pending(parts, producer, mine) for _ in range(5)] == [1, 0, 0, 0, 0]
    assert mine.number > 2
    await write(parts, house, numbered(key, 2))
    assert await relay.publish_pending(parts, producer, mine) == 1
    assert by_key(await Bus(bus_settings, house.partnership).collect(3)) == {str(late): [1], str(key): [1, 2]}


async def test_what_is_put_below_the_floor_by_hand_is_found_once_the_floor_is_given_up(
    house: House, processes: list[Parts], producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floor, "LOOK_SECONDS", 0.0)
    parts, mine = processes[0], floor.Floor()
    while await relay.publish_pending(parts, producer):
        pass
    await write(parts, house, numbered(new_id(), 1))
    assert [await relay.publish_pending(parts, producer, mine) for _ in range(4)] == [1, 0, 0, 0]
    assert mine.number > 1
    assert await relay.tell_again(parts) > 0
    assert await relay.publish_pending(parts, producer, mine) == 0
    monkeypatch.setattr(mine, "_given_up_at", 0.0)
    assert await relay.publish_pending(parts, producer, mine) > 0
