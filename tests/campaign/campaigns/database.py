"""R6: the database killed, its connections taken by others, its disk full: refused cleanly and soon, nothing lost."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import aiohttp
import asyncpg

from shared.ids import new_id
from shared.tests.house import until
from tests.campaign.disk import Disk
from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Scene, Stage
from tests.campaign.world import World

_LATEST_SECONDS: Final = 10.0
_AWAY_SECONDS: Final = 4.0
_PROBES: Final = ("/v1/programmes", "/v1/concerns")
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
    answers: list[tuple[str, int, bool, float]] = []
    async with Disk.under(stage.world) as disk, stage.scene(2) as scene, stage.scene(1) as aside:
        kinds: dict[str, Away] = {"killed": killed, "exhausted": exhausted} | ({"full": full(disk)} if disk else {})
        load = Load(scene.houses, plan.seed)
        working = asyncio.create_task(load.run())
        try:
            for turn in range(plan.count):
                for kind, away in kinds.items():
                    plan.tell(turn, plan.count, kind)
                    token = await aside.houses[0].scheme.caller.token()
                    async with away(stage.world):
                        answers += [(kind, *one) for one in await _probe(aside, token)]
                    await _back(aside, token)
        finally:
            load.stop()
            await working
        findings = _unclean(answers) + await scene.judge()
    seen = {kind: sorted({status for one, status, _, _ in answers if one == kind}) for kind in kinds}
    slowest = round(max(seconds for *_, seconds in answers), 2)
    figures = {"flows": load.flows, "statuses": seen, "slowest": slowest, "met": dict(scene.line.met)}
    return Report(plan.count, findings, figures)


async def _probe(aside: Scene, token: str) -> list[tuple[int, bool, float]]:
    """What is answered meanwhile: status, whether it says when to come again, seconds."""
    end = time.monotonic() + _AWAY_SECONDS
    answers: list[tuple[int, bool, float]] = []
    while time.monotonic() < end:
        answers += await asyncio.gather(*(_ask(aside, path, token) for path in _PROBES for _ in range(2)))
        await asyncio.sleep(0.1)
    return answers


async def _ask(aside: Scene, path: str, token: str) -> tuple[int, bool, float]:
    body = {"title": f"Programme {new_id()}"} if path == _PROBES[0] else {"text": "A worry."}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())}
    began = time.monotonic()
    try:
        async with aside.line.http.post(aside.line.url + path, json=body, headers=headers) as answer:
            await answer.read()
            return answer.status, "Retry-After" in answer.headers, time.monotonic() - began
    except (aiohttp.ClientError, TimeoutError):
        return 0, False, time.monotonic() - began


async def _back(aside: Scene, token: str) -> None:
    """Until it is good again; the load's own patience is the limit."""

    async def is_good() -> bool:
        return all([(await _ask(aside, path, token))[0] == 201 for path in _PROBES])

    await until(is_good, 60)


def _unclean(answers: list[tuple[str, int, bool, float]]) -> list[Finding]:
    found = []
    for kind, status, says_when, seconds in answers:
        if seconds > _LATEST_SECONDS or not (status == 201 or (status == 503 and says_when)):
            when = "" if says_when else " without Retry-After"
            found.append(Finding(Code.UNCLEAN, kind, f"{status or 'no answer'}{when} after {seconds:.1f} s"))
    return found
