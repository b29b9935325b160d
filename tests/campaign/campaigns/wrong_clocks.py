"""R8: one process after the other has a wrong clock, and the database the right one: nobody notices anything."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Final

import aiohttp

from deploy.local.process import LOOPBACK
from deploy.local.state import APPLICATIONS, SERVICES
from tests.campaign import stage as stages
from tests.campaign import wrong_clock
from tests.campaign.campaigns.rolling import failed
from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.probe import Probe, unclean
from tests.campaign.returns import ASKED
from tests.campaign.stage import Scene, Stage
from tests.campaign.world import PROCESSES

MINUTE: Final = 60.0
ERRORS: Final = {"five minutes on": 5 * MINUTE, "five minutes back": -5 * MINUTE} | {
    "an hour back": -60 * MINUTE,
    "three days on": 3 * 24 * 60 * MINUTE,
}
_TOKEN_SECONDS: Final = 60
_ASKED_SECONDS: Final = 1.5
# The instants that a service itself notes, be it for a client or for an event.
_ELSEWHEN: Final = """
SELECT count(*) FROM status_history WHERE partnership_id = ANY($1) AND (
  recorded_at < CAST($2 AS timestamptz) - interval '5 seconds'
  OR recorded_at > clock_timestamp() + interval '5 seconds')
"""


@asynccontextmanager
async def opened(folder: Path, planted: str = "") -> AsyncIterator[Stage]:
    """A stage on which each process has a clock of its own; `planted` is a fault of all of them."""
    for part in PROCESSES:
        wrong_clock.set_by(_clock(folder, part), 0)
    marks = {"CAMPAIGN_PLANTED": planted} if planted else {}
    overrides = {part: {wrong_clock.CLOCK: str(_clock(folder, part)), **marks} for part in PROCESSES}
    overrides["gateway"]["CIRCLE_TOKEN_SECONDS"] = str(_TOKEN_SECONDS)
    async with stages.opened(folder, overrides=overrides) as stage:
        yield stage


def _clock(folder: Path, part: str) -> Path:
    return folder / "clocks" / part


async def run(stage: Stage, plan: Plan, parts: Sequence[str] = PROCESSES) -> Report:
    """`plan.count` are rounds over every process and error."""
    found: list[Finding] = []
    cases, played = list(product(ERRORS, parts)) * plan.count, 0
    began = await _database_time(stage)
    async with stage.scene(2) as scene, stage.scene(1) as aside:
        old, born = await aside.houses[0].scheme.caller.token(), time.monotonic()
        load = Load(scene.houses, plan.seed)
        working = asyncio.create_task(load.run())
        try:
            for error, part in cases:
                if plan.is_over:
                    break
                plan.tell(played, len(cases), f"{part} {error}")
                is_old = time.monotonic() - born > _TOKEN_SECONDS + 1
                probe = await Probe.of(aside)
                found += await _play(stage, scene, probe, (part, error), old if is_old else "")
                played += 1
        finally:
            for part in parts:
                wrong_clock.set_by(_clock(stage.folder, part), 0)
            load.stop()
            await working
        found += failed(scene.line.met) + await _elsewhen(scene, began) + await scene.judge()
    figures = {"flows": load.flows, "met": dict(scene.line.met)}
    return Report(played, found, figures)


async def _play(stage: Stage, scene: Scene, probe: Probe, case: tuple[str, str], old: str) -> list[Finding]:
    """Its clock jumps, it starts anew with the wrong one, and is set right again; clients ask all the while."""
    part, error = case
    wrong_clock.set_by(_clock(stage.folder, part), ERRORS[error])
    answers = await probe.ask_for(_ASKED_SECONDS)
    await stage.world.replace(part)
    await scene.pass_time("referral")
    answers += await probe.ask_for(_ASKED_SECONDS)
    accepted = await _accepted(stage, old) if old else []
    wrong_clock.set_by(_clock(stage.folder, part), 0)
    answers += await probe.ask_for(_ASKED_SECONDS / 3)
    where = f"{part}, {error}"
    return unclean(where, answers, ()) + [Finding(Code.EXPIRED_ACCEPTED, where, one) for one in accepted]


async def _accepted(stage: Stage, old: str) -> list[str]:
    """Who lets somebody in with a token whose time is over, or makes a fault of it."""
    found, headers = [], {"Authorization": f"Bearer {old}"}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
        for name in ("gateway", *SERVICES):
            url = f"http://{LOOPBACK}:{stage.world.around.ports[name]}{ASKED[name]}"
            async with http.get(url, headers=headers) as answer:
                if answer.status != HTTPStatus.UNAUTHORIZED:
                    found.append(f"{name} answered {answer.status}")
    return found


async def _database_time(stage: Stage) -> object:
    async with stage.world.checker().sources.database("referral") as connection:
        return await connection.fetchval("SELECT clock_timestamp()")


async def _elsewhen(scene: Scene, began: object) -> list[Finding]:
    """What is noted as of another time than that of the campaign."""
    found = []
    for service in APPLICATIONS:
        async with scene.world.checker().sources.database(service) as connection:
            if count := await connection.fetchval(_ELSEWHEN, list(scene.partnerships), began):
                found.append(Finding(Code.CLOCK_WRONG, service, f"{count} lines of history are of another time"))
    return found
