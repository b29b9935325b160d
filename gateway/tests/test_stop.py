"""A process that is told to end ends, whatever its background is doing at that moment."""

import asyncio

import pytest

from gateway.feed.bell import Bell
from shared import http


async def test_a_cancellation_that_comes_together_with_the_ring_is_not_lost() -> None:
    for rounds in range(4):
        bell = Bell()
        waiting = asyncio.create_task(bell.wait(bell.ticket(), 60))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        bell.ring()
        for _ in range(rounds):
            await asyncio.sleep(0)
        if waiting.cancel():
            with pytest.raises(asyncio.CancelledError):
                await waiting


async def test_a_background_that_is_deaf_once_holds_up_the_end_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "STOP_SECONDS", 0.05)

    async def deaf() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await http._stop([task])  # noqa: SLF001 - the end of every process
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
