"""R10: some events cannot be handled: others are not held up, and after the replay all are done in order."""

import asyncio
import os
from statistics import quantiles
from typing import Any, Final
from unittest import mock

from deploy.local import upkeep
from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.poison import is_poison
from tests.campaign.settle import settle
from tests.campaign.stage import Scene, Stage

RATE: Final = 0.01
WORKERS: Final = ("matching", "outcomes")
# Of no account: nobody looks how long they took.
_FEW: Final = 4
_HOME: Final = "SELECT event_id, key, written_at FROM campaign_journal WHERE partnership_id = ANY($1)"
_DONE: Final = "SELECT event_id, handled_at FROM inbox"
_PARKED: Final = """
SELECT handler, key, event_id, cause FROM dead_letters WHERE partnership_id = ANY($1) ORDER BY seq
"""


async def run(stage: Stage, plan: Plan, rate: float = RATE, most: float = 1.2, **marks: str) -> Report:
    """`plan.count` are flows, played once in health and once with poison; `marks` are of the poisoned workers."""
    async with stage.scene(2) as healthy, stage.scene(2) as scene:
        await _hear(stage, plan)
        await _play(healthy, plan)
        calm = await _p99(healthy, set())
        await _restart(stage, marks | {"CAMPAIGN_POISON": str(rate)})
        try:
            await _hear(stage, plan)
            flows = await _play(scene, plan)
            parked = [one for service in WORKERS for one in await _parked(scene, service)]
            sick = await _p99(scene, {one["key"] for one in parked})
        finally:
            await _restart(stage, {})
        findings = _kept(parked, rate, whole=flows >= plan.count) + _held_up(sick, calm, most)
        for service in WORKERS:
            with mock.patch.dict(os.environ, stage.world.environment_of(service)):
                await asyncio.to_thread(upkeep.replay_dead_letters, service)
        findings += await scene.judge() + await healthy.judge()
    poison = sum(one["cause"] == "PoisonError" for one in parked)
    figures = {"poison": poison, "parked": len(parked), "p99_calm": round(calm, 3), "p99_poisoned": round(sick, 3)}
    return Report(flows, findings, figures)


async def _play(scene: Scene, plan: Plan) -> int:
    """How many flows there was time for: each of the two plays may take half of it."""
    load = Load(scene.houses, plan.seed)
    working = asyncio.create_task(load.run(plan.count))
    await asyncio.wait([working], timeout=plan.seconds and plan.seconds / 2)
    load.stop()
    await working
    await settle(scene.world.checker().sources, scene.partnerships, 60)
    return load.flows


async def _restart(stage: Stage, marks: dict[str, str]) -> None:
    for service in WORKERS:
        await stage.world.kill(f"{service}-worker")
        await stage.world.start(f"{service}-worker", **marks)
    for service in WORKERS:
        await stage.world.ready(f"{service}-worker")


async def _hear(stage: Stage, plan: Plan) -> None:
    """Until the workers have done something: one that was killed gets its partitions when its old session is over."""
    async with stage.scene(1) as aside:
        await Load(aside.houses, plan.seed).run(_FEW)
        await settle(stage.world.checker().sources, aside.partnerships, 60)


async def _p99(scene: Scene, without: set[str]) -> float:
    """Seconds from the commit of an event to its effect, of keys that have nothing parked."""
    sources, wanted = scene.world.checker().sources, list(scene.partnerships)
    async with sources.database("referral") as connection:
        written = {row["event_id"]: row for row in await connection.fetch(_HOME, wanted)}
    seconds = []
    for service in WORKERS:
        async with sources.database(service) as connection:
            for row in await connection.fetch(_DONE):
                born = written.get(row["event_id"])
                if born is not None and born["key"] not in without:
                    seconds.append((row["handled_at"] - born["written_at"]).total_seconds())
    return float(quantiles(seconds, n=100)[98])


async def _parked(scene: Scene, service: str) -> list[Any]:
    async with scene.world.checker().sources.database(service) as connection:
        return list(await connection.fetch(_PARKED, list(scene.partnerships)))


def _kept(parked: list[Any], rate: float, *, whole: bool) -> list[Finding]:
    """Each poisoned event with its own cause, whatever waits behind it with that."""
    found = []
    if whole and not any(one["cause"] == "PoisonError" for one in parked):
        found.append(Finding(Code.POISON_SPREAD, "dead letters", "no poisoned event was parked with its cause"))
    for one in parked:
        waits = one["cause"].startswith("queued behind")
        if not waits and (one["cause"] != "PoisonError" or not is_poison(one["event_id"], rate)):
            found.append(Finding(Code.POISON_SPREAD, one["handler"], f"{one['event_id']}: {one['cause']}"))
    return found


def _held_up(sick: float, calm: float, most: float) -> list[Finding]:
    if sick <= calm * most:
        return []
    return [Finding(Code.POISON_SPREAD, "other keys", f"p99 {sick:.3f} s, without poison {calm:.3f} s")]
