"""R6: the database killed, its connections taken by others, its disk full: refused cleanly and soon, nothing lost."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import asyncpg

from tests.campaign.disk import Disk
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.probe import Answer, Probe, unclean
from tests.campaign.stage import Stage
from tests.campaign.world import World

_AWAY_SECONDS: Final = 4.0
_REFUSALS: Final = frozenset({503})
_OURS: Final = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'circle-%'"
Away = Callable[[World], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def killed(world: World) -> AsyncIterator[None]:
    """The server is gone."""
    await world.kill_postmaster()
    try:
        yield
    finally:
        await world.start_postgres()


@asynccontextmanager
async def exhausted(world: World) -> AsyncIterator[None]:
    """Somebody else holds every connection that there is."""
    taken: list[asyncpg.Connection[asyncpg.Record]] = [await asyncpg.connect(world.admin_dsn)]
    try:
        for _ in range(2):
            await taken[0].execute(_OURS)
            with contextlib.suppress(asyncpg.TooManyConnectionsError):
                while True:
                    taken.append(await asyncpg.connect(world.admin_dsn))
        yield
    finally:
        for one in taken:
            await one.close()


def full(disk: Disk) -> Away:
    """No byte is left on the database's disk."""

    @asynccontextmanager
    async def away(world: World) -> AsyncIterator[None]:
        disk.fill()
        try:
            yield
        finally:
            disk.clear()
            # Without room for its log it may have given up.
            await disk.revive(world)

    return away


async def run(stage: Stage, plan: Plan) -> Report:
    """`plan.count` are rounds of each kind."""
    answers: dict[str, list[Answer]] = defaultdict(list)
    async with Disk.under(stage.world) as disk, stage.scene(2) as scene, stage.scene(1) as aside:
        kinds: dict[str, Away] = {"killed": killed, "exhausted": exhausted} | ({"full": full(disk)} if disk else {})
        load, turn = Load(scene.houses, plan.seed), 0
        working = asyncio.create_task(load.run())
        try:
            while turn < plan.count and not plan.is_over:
                for kind, away in kinds.items():
                    plan.tell(turn, plan.count, kind)
                    probe = await Probe.of(aside)
                    async with away(stage.world):
                        answers[kind] += await probe.ask_for(_AWAY_SECONDS)
                    await probe.back()
                turn += 1
        finally:
            load.stop()
            await working
        findings = [one for kind in kinds for one in unclean(kind, answers[kind], _REFUSALS)]
        findings += await scene.judge()
    seen = {kind: sorted({one.status for one in answers[kind]}) for kind in kinds}
    slowest = round(max(one.seconds for some in answers.values() for one in some), 2)
    figures = {"flows": load.flows, "statuses": seen, "slowest": slowest, "met": dict(scene.line.met)}
    return Report(turn, findings, figures)
