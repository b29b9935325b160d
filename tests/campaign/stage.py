"""Where a campaign plays: a running world with its sink, and scenes with partnerships and an account of their own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from shared.ids import new_id
from tests.campaign import history
from tests.campaign.cast import House, houses
from tests.campaign.client import Line
from tests.campaign.findings import Finding
from tests.campaign.history import Account
from tests.campaign.sink import Sink
from tests.campaign.world import World


@dataclass(frozen=True, slots=True)
class Scene:
    """Partnerships that only this scene writes to, and what its clients noted."""

    world: World
    sink: Sink
    line: Line
    houses: Sequence[House]

    @property
    def partnerships(self) -> frozenset[UUID]:
        return frozenset(house.partnership for house in self.houses)

    async def judge(self, seconds: float = 60) -> list[Finding]:
        """Everything that is wrong with this scene's partnerships, once nothing is left to do."""
        operations = history.read(self.line.account.path)
        return await self.world.checker().check(self.partnerships, operations, self.sink, seconds)


@dataclass(frozen=True, slots=True)
class Stage:
    """A world that is up, and the receiver of its webhooks."""

    world: World
    sink: Sink
    folder: Path

    @asynccontextmanager
    async def scene(self, count: int = 2, *, forgets_keys: bool = False, patience: float = 60) -> AsyncIterator[Scene]:
        """So many new partnerships."""
        account = Account(self.folder / f"account-{new_id().hex}.jsonl")
        async with Line(self.world.gateway, account, patience, forgets_keys) as line:
            yield Scene(self.world, self.sink, line, await houses(self.world, line, self.sink, count))


@asynccontextmanager
async def opened(folder: Path, *, durable: bool = True, more: Sequence[str] = ()) -> AsyncIterator[Stage]:
    """A stage in this folder; everything it started has ended when this is left."""
    with Sink(folder / "sink").running() as sink:
        async with World(folder / "world", durable=durable, more=more).running() as world:
            yield Stage(world, sink, folder)
