"""A bell inside one process: rung after a commit, it wakes whoever would otherwise find out by looking again."""

import asyncio
from contextlib import suppress
from typing import Any

from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession


class Bell:
    """Take `ticket()`, look, and only then `wait`: a ring in between is not missed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who holds a ticket."""
        rung, self._event = self._event, asyncio.Event()
        rung.set()

    def ticket(self) -> asyncio.Event:
        """What to wait on."""
        return self._event

    async def wait(self, ticket: asyncio.Event, seconds: float) -> None:
        """Until it rings, or until that time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await ticket.wait()

    def ring_after(self, session: AsyncSession) -> None:
        """Ring when this session's transaction has been committed."""

        def ring(_session: Any) -> None:
            self.ring()

        event.listen(session.sync_session, "after_commit", ring, once=True)


STORED = Bell()  # an event was stored
DUE = Bell()  # there may be deliveries to send
NUMBERED = Bell()  # the feed has grown
