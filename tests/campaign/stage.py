"""Where a campaign plays: a running world with its sink, and scenes with partnerships and an account of their own."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from deploy.local.process import LOOPBACK
from shared.ids import new_id
from tests.campaign import history
from tests.campaign.cast import House, houses
from tests.campaign.client import Line
from tests.campaign.contract import CLOCKS
from tests.campaign.findings import Finding
from tests.campaign.history import Account
from tests.campaign.sink import Sink
from tests.campaign.wire import Wire
from tests.campaign.wiring import RECEIVER, Wiring
from tests.campaign.world import World

_TOLD: Final = ", ".join(f"'{kind}'" for kind in CLOCKS)
# A row that somebody else works on comes in the next go: who waits for it while others wait for them is a deadlock, and
# the request that PostgreSQL then ends is told 503.
_TIME_PASSES: Final = {
    "referral": f"""
UPDATE clocks SET due_at = now(), look_at = now() WHERE ctid = ANY(ARRAY(SELECT ctid FROM clocks
  WHERE stopped_at IS NULL AND raised_at IS NULL AND due_at > now() AND kind IN ({_TOLD}) AND partnership_id = ANY($1)
  FOR UPDATE SKIP LOCKED))
""",  # noqa: S608 - our own names
    "gateway": """
UPDATE deliveries SET due_at = now() WHERE ctid = ANY(ARRAY(SELECT ctid FROM deliveries
  WHERE state = 'pending' AND due_at > now() AND partnership_id = ANY($1) FOR UPDATE SKIP LOCKED))
""",
}
_GOES: Final = 3
_BETWEEN_SECONDS: Final = 0.1


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

    async def pass_time(self, *services: str) -> None:
        """Let every clock that is told of run out and every claim and pause of a webhook be over, as hours would."""
        for service in services or _TIME_PASSES:
            async with self.world.checker().sources.database(service) as connection:
                for _ in range(_GOES):
                    await connection.execute(_TIME_PASSES[service], list(self.partnerships))
                    await asyncio.sleep(_BETWEEN_SECONDS)

    async def judge(self, seconds: float = 60) -> list[Finding]:
        """Everything that is wrong with this scene's partnerships, once nothing is left to do."""
        account = self.line.account.path
        operations, looks = history.read(account), history.looks(account)
        return await self.world.checker().check(self.partnerships, operations, self.sink, seconds, looks)


@dataclass(frozen=True, slots=True)
class Stage:
    """A world that is up, and the receiver of its webhooks."""

    world: World
    sink: Sink
    folder: Path

    @property
    def wiring(self) -> Wiring:
        """Of a stage that was opened with one."""
        assert self.world.wiring is not None
        return self.world.wiring

    @asynccontextmanager
    async def scene(
        self, count: int = 2, *, forgets_keys: bool = False, patience: float = 60, through: Wire | None = None
    ) -> AsyncIterator[Scene]:
        """So many new partnerships; their clients call through a wire, if one is given."""
        url = self.world.gateway if through is None else f"http://{LOOPBACK}:{through.port}"
        account = Account(self.folder / f"account-{new_id().hex}.jsonl")
        async with Line(url, account, patience, forgets_keys) as line:
            yield Scene(self.world, self.sink, line, await houses(self.world, line, self.sink, count))


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    durable: bool = True,
    more: Sequence[str] = (),
    overrides: Mapping[str, Mapping[str, str]] | None = None,
) -> AsyncIterator[Stage]:
    """A stage in this folder; everything it started has ended when this is left."""
    with Sink(folder / "sink").running() as sink:
        async with World(folder / "world", durable=durable, more=more, overrides=overrides).running() as world:
            yield Stage(world, sink, folder)


@asynccontextmanager
async def wired(
    folder: Path, seed: int = 0, overrides: Mapping[str, Mapping[str, str]] | None = None
) -> AsyncIterator[Stage]:
    """A stage whose parts reach each other only through wires."""
    async with Wiring(seed).open() as wiring:
        with Sink(folder / "sink", wiring.wire(RECEIVER)).running() as sink:
            async with World(folder / "world", overrides=overrides, wiring=wiring).running() as world:
                yield Stage(world, sink, folder)
