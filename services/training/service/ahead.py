"""Work in a thread that is always one piece ahead of whoever takes the pieces: half of it waits for the database."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

T = TypeVar("T")


async def ahead(make: Callable[[], T | None]) -> AsyncGenerator[T, None]:
    """What `make` makes until it makes None. To be closed: nothing of it runs on afterwards."""
    following = asyncio.create_task(asyncio.to_thread(make))
    try:
        while (made := await following) is not None:
            following = asyncio.create_task(asyncio.to_thread(make))
            yield made
    finally:
        # A thread cannot be stopped; what it reads from is still open here.
        await asyncio.wait([following])
        if not following.cancelled():
            following.exception()
