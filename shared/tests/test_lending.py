"""Connections that the pool lends to transactions on the driver's own: at rest, ended, awaited, or not to be had."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from shared.lending import InTurn
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.house import House


@pytest.mark.parametrize("how", ["terminate", "close"])
async def test_a_connection_that_ended_while_it_rested_is_replaced_by_a_new_one(
    house: House, alone: Parts, how: str
) -> None:
    server = "SELECT pg_backend_pid()"
    async with alone.app.direct(house.work()) as session:
        first = await session.row(server)
    async with alone.app.direct(house.work()) as session:
        assert await session.row(server) == first
        resting: Any = session._connection  # noqa: SLF001 - what the network does to it
    ended = getattr(resting, how)()
    if ended is not None:
        await ended
    for _ in range(2):
        async with alone.app.direct(house.work()) as session:
            assert await session.row(server) != first


async def test_whoever_finds_no_connection_at_rest_waits_for_one(house: House, alone: Parts) -> None:
    async def asking() -> Any:
        async with alone.app.direct(house.work()) as session:
            return await session.row("SELECT 1")

    async with alone.app.direct(house.work()) as session:
        waiting = [asyncio.ensure_future(asking()) for _ in range(3)]
        await session.row("SELECT 1")
        assert not any(one.done() for one in waiting)
    assert await asyncio.gather(*waiting) == [(1,)] * 3


async def test_whoever_waits_comes_before_those_who_ask_again_and_again(house: House, alone: Parts) -> None:
    served = []

    async def asking(name: str) -> None:
        async with alone.app.direct(house.work()) as session:
            await session.row("SELECT 1")
            served.append(name)

    async def again_and_again() -> None:
        for _ in range(5):
            await asking("again")

    busy = asyncio.ensure_future(again_and_again())
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(asking(name)) for name in ("first", "second")]
    await asyncio.gather(busy, *waiting)
    assert served[:3] == ["again", "first", "second"]


async def test_a_connection_handed_to_somebody_who_has_just_given_up_goes_to_the_next() -> None:
    queue = InTurn(1)
    gone, next_one = (asyncio.ensure_future(queue.get()) for _ in range(2))
    await asyncio.sleep(0)
    queue.put_nowait("connection")
    gone.cancel()
    assert await next_one == "connection"
    assert gone.cancelled()
    late = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    late.cancel()
    await asyncio.sleep(0)
    queue.put_nowait("connection")
    assert queue.get_nowait() == "connection"


async def test_a_database_that_takes_no_connection_is_away_as_everywhere_else(
    house: House, settings_of: Callable[..., Settings], table: None
) -> None:
    elsewhere = Parts.of(settings_of(database_name="not-there"))
    with pytest.raises(DBAPIError) as refused:
        async with elsewhere.app.direct(house.work()):
            pass
    assert refused.value.connection_invalidated
    await elsewhere.close()
