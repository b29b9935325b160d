"""What wakes the relay: a commit in its own process and in another one."""

import asyncio

import pytest

from shared import relay
from shared.ids import new_id
from shared.parts import Parts
from shared.tests.bus import numbered
from shared.tests.house import House, until
from shared.tests.test_relay import stop, write


async def test_the_relay_is_woken_by_a_commit(house: House, processes: list[Parts]) -> None:
    parts = processes[0]
    task = asyncio.create_task(relay.run(parts))
    await write(parts, house, numbered(new_id(), 1))
    parts.poke.set()

    async def drained() -> bool:
        return await house.count("outbox") == 0

    await until(drained, seconds=5)
    await stop([task])


async def test_the_relay_is_woken_by_a_commit_in_another_process(
    house: House, processes: list[Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SHORTEST_SECONDS", 60.0)
    monkeypatch.setattr(relay, "IDLE_SECONDS", 60.0)
    relaying, edge = processes
    tasks = [asyncio.create_task(relay.run(relaying)), asyncio.create_task(relay.tell_others(edge))]

    async def drained() -> bool:
        # Told again and again: the relay may not be listening yet.
        edge.poke.set()
        return await house.count("outbox") == 0

    await write(edge, house, numbered(new_id(), 1))
    await until(drained)
    for number in range(2, 5):
        await write(edge, house, numbered(new_id(), number))
        await until(drained)
    await stop(tasks)
