"""A consumer that a test feeds, and what its handlers did."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import consumer, dead_letters
from shared.consumer import Handlers
from shared.db import work_of
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.bus import Bus
from shared.tests.house import House, until
from shared.tests.widgets import Widget


@dataclass
class Ear:
    """A handler that writes what it hears of one partnership; a test tells it what to do then."""

    partnership: UUID
    tries: list[tuple[UUID, int]] = field(default_factory=list)
    before: Callable[[UUID, int, int], Awaitable[None]] | None = None

    async def hears(self, session: AsyncSession, event: InductionStarted) -> None:
        if work_of(session).partnership != self.partnership:
            return
        key, number = event.volunteer, event.induction.int
        self.tries.append((key, number))
        session.add(Widget(partnership_id=work_of(session).partnership, label=f"{key} {number}"))
        await session.flush()
        if self.before is not None:
            await self.before(key, number, self.tries.count((key, number)))

    def handlers(self) -> Handlers:
        heard = Handlers()
        heard.on(InductionStarted, self.hears)
        return heard


@dataclass
class Listening:
    """A consumer that reads the tests' bus in a group of its own."""

    parts: Parts
    bus: Bus
    house: House
    ear: Ear
    group: str = field(default_factory=lambda: str(new_id()))

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        task = asyncio.create_task(consumer.run(self.parts, self.ear.handlers(), self.group))
        try:
            yield
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    async def effects(self, key: UUID) -> list[int]:
        """The numbers that had an effect for this key, in the order of the effects."""
        query = "SELECT label FROM widgets WHERE label LIKE :key ORDER BY id"
        return [int(row.label.split()[1]) for row in await self.house.rows(query, key=f"{key} %")]

    async def heard(self, key: UUID, *numbers: int) -> None:
        async def all_there() -> bool:
            return await self.effects(key) == list(numbers)

        try:
            await until(all_there, 20)
        except TimeoutError:
            assert await self.effects(key) == list(numbers)

    async def parked(self) -> list[dict[str, Any]]:
        ours = {row[0] for row in await self.house.rows("SELECT seq FROM dead_letters WHERE partnership_id = :p")}
        return [one for one in await dead_letters.listing(self.parts) if one["seq"] in ours]


@pytest.fixture
async def listening(bus_settings: Settings, house: House) -> AsyncIterator[Listening]:
    parts = Parts.of(bus_settings)
    async with parts.worker.engine.begin() as connection:
        await connection.execute(text("DELETE FROM dead_letters"))
    yield Listening(parts, Bus(bus_settings, house.partnership), house, Ear(house.partnership))
    await parts.close()
