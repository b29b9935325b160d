"""A step that is not to be left in the middle."""

import asyncio

import pytest

from shared.steps import whole


async def test_it_answers_what_the_step_answers() -> None:
    async def step() -> int:
        return 7

    assert await whole(step(), 1) == 7


async def test_whoever_is_cancelled_ends_the_step_first() -> None:
    going, may_end, ended = asyncio.Event(), asyncio.Event(), []

    async def step() -> None:
        going.set()
        await may_end.wait()
        ended.append(True)

    asking = asyncio.create_task(whole(step(), 5))
    await going.wait()
    asking.cancel()
    await asyncio.sleep(0)
    assert not asking.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert ended == [True]


async def test_a_step_that_does_not_end_is_cancelled_too() -> None:
    going, seen = asyncio.Event(), []

    async def step() -> None:
        try:
            going.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    asking = asyncio.create_task(whole(step(), 0.01))
    await going.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert seen == ["cancelled"]


async def test_a_step_that_fails_after_the_cancellation_is_cancelled_for_whoever_asked() -> None:
    going, may_end = asyncio.Event(), asyncio.Event()

    async def step() -> None:
        going.set()
        await may_end.wait()
        raise ValueError

    asking = asyncio.create_task(whole(step(), 5))
    await going.wait()
    asking.cancel()
    await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
