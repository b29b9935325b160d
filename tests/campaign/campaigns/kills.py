"""R1: SIGKILL at random moments under load, and how soon what was killed is of use again."""

import asyncio
import random
import time
from typing import Final

from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.returns import BACKEND, BROKER, POSTMASTER, STORES, Return, returns, shown, slow
from tests.campaign.stage import Scene, Stage
from tests.campaign.world import PROCESSES

_MOST_AT_ONCE: Final = 3
_LONGEST_PAUSE: Final = 0.5


async def run(stage: Stage, plan: Plan) -> Report:
    """Kill until the count is reached, a few at once; `plan.count` are kills."""
    chance, found = plan.chance, list[Return]()
    # What is tried after a kill is written where nobody judges: it is on no account.
    async with stage.scene(3) as scene, stage.scene(1) as aside:
        load = Load(scene.houses, plan.seed, width=4)
        working = asyncio.create_task(load.run())
        killed = 0
        try:
            while killed < plan.count and not plan.is_over:
                victims = _victims(chance, plan.count - killed)
                found += await _strike(aside, victims, chance)
                killed += len(victims)
                plan.tell(killed, plan.count, ", ".join(victims))
                await asyncio.sleep(chance.uniform(0, _LONGEST_PAUSE))
        finally:
            load.stop()
            await working
        findings = slow(found, plan.useful_within) + await scene.judge()
    figures = {"flows": load.flows, "met": dict(scene.line.met), "returns": shown(found)}
    return Report(killed, findings, figures)


def _victims(chance: random.Random, left: int) -> list[str]:
    """A store alone, or a few processes together."""
    if chance.random() < 0.25:
        return [chance.choice(STORES)]
    return chance.sample(PROCESSES, min(left, chance.randint(1, _MOST_AT_ONCE)))


async def _strike(scene: Scene, victims: list[str], chance: random.Random) -> list[Return]:
    """Kill and start again; how soon each was of use."""
    world = scene.world
    if victims == [BACKEND]:
        world.kill_backend(chance.choice(world.backends()))
        return await returns(scene, victims, time.monotonic())
    if victims == [POSTMASTER]:
        await world.kill_postmaster()
        began = time.monotonic()
        await world.start_postgres()
        return await returns(scene, victims, began, up=time.monotonic())
    if victims == [BROKER]:
        await world.kill_broker()
        began = time.monotonic()
        await world.start_broker()
        return await returns(scene, victims, began)
    for victim in victims:
        await world.kill(victim)
    began = time.monotonic()
    for victim in victims:
        await world.start(victim)
    return await returns(scene, victims, began)
