"""A backlog: the next batch is read while one is on its way to the bus, and what was told is removed meanwhile."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import pytest

from shared import relay
from shared.ids import new_id
from shared.kafka import Producer
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.bus import Bus, number_of, numbered
from shared.tests.house import House
from shared.tests.test_relay import bus as bus
from shared.tests.test_relay import drain, write


class Counts(Producer):
    """Remembers how many came at a time, and dies, if it is to, at that turn."""

    def __init__(self, settings: Settings, dies_at: int | None = None) -> None:
        super().__init__(settings)
        self.sizes: list[int] = []
        self._dies_at = dies_at

    async def publish(self, rows: Sequence[Any]) -> None:
        self.sizes.append(len(rows))
        if len(self.sizes) == self._dies_at:
            raise ConnectionResetError
        await super().publish(rows)


async def test_more_than_a_batch_is_published_batch_by_batch(
    house: House, processes: list[Parts], producer: Producer, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, key = processes[0], new_id()
    await drain(parts, producer)
    monkeypatch.setattr(relay, "BATCH", 10)
    await write(parts, house, *(numbered(key, number) for number in range(25)))
    counts = Counts(bus.settings)
    await counts.start()
    assert [await relay.publish_pending(parts, counts) for _ in range(2)] == [25, 0]
    await counts.stop()
    assert counts.sizes == [10, 10, 5]
    assert await house.count("outbox") == 0
    assert await house.count("relayed") == 25
    assert [number_of(one) for one in await bus.collect(25)] == list(range(25))


async def test_a_backlog_whose_third_batch_fails_keeps_it_and_whatever_comes_after_it(
    house: House, processes: list[Parts], producer: Producer, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, key = processes[0], new_id()
    await drain(parts, producer)
    monkeypatch.setattr(relay, "BATCH", 4)
    await write(parts, house, *(numbered(key, number) for number in range(18)))
    dying = Counts(bus.settings, dies_at=3)
    await dying.start()
    with pytest.raises(ConnectionResetError):
        await relay.publish_pending(parts, dying)
    await dying.stop()
    left = await house.rows("SELECT data FROM outbox WHERE key = :key ORDER BY seq", key=str(key))
    assert [UUID(orjson.loads(row.data)["induction"]).int for row in left] == list(range(8, 18))
    await drain(processes[1], producer)
    assert [number_of(one) for one in await bus.collect(18)] == list(range(18))
    assert await house.count("outbox") == 0
