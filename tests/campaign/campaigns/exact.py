"""R2: processes kill themselves exactly at named points under load, and are started again without."""

import asyncio
import signal
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.points import PARTS, POINTS
from tests.campaign.stage import Scene, Stage

# Where nine processes start at once on a crowded machine, the first minute may be over before anybody is served.
_REACHED_WITHIN: Final = 60.0
_TRIES: Final = 3
_HOURS_PASS_EVERY: Final = 0.3


async def run(stage: Stage, plan: Plan, points: Sequence[str] = POINTS) -> Report:
    """`plan.count` is how often a process dies at each point."""
    queues, struck = dealt([*points] * plan.count), Counter[str]()
    async with stage.scene(2) as scene:
        load = Load(scene.houses, plan.seed, width=6)
        working = asyncio.create_task(load.run())
        passing = asyncio.create_task(_pass_time(scene))
        try:
            async with asyncio.TaskGroup() as group:
                for part, queue in queues.items():
                    group.create_task(_die_at(scene, part, queue, struck, plan))
        finally:
            load.stop()
            await working
            passing.cancel()
        # The leases of the last that died.
        await scene.pass_time()
        asked = set(points) if not plan.is_over else set()
        missed = [Finding(Code.POINT_MISSED, "campaign", one) for one in sorted(asked) if struck[one] < plan.count]
        findings = missed + await scene.judge()
    figures = {"points": len(struck), "deaths": struck.total(), "flows": load.flows, "met": dict(scene.line.met)}
    return Report(min(struck[one] for one in points), findings, figures)


def dealt(points: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Every point to the one of its processes that has the fewest; first those that have no choice."""
    queues = defaultdict[str, list[str]](list)
    for point in sorted(points, key=lambda one: len(_parts_of(one))):
        min((queues[part] for part in _parts_of(point)), key=len).append(point)
    return queues


def _parts_of(point: str) -> Sequence[str]:
    return PARTS[point.partition(" ")[0]]


async def _die_at(scene: Scene, part: str, queue: Sequence[str], struck: Counter[str], plan: Plan) -> None:
    world = scene.world
    # Politely, so that its successor has its partitions at once.
    await world.kill(part, signal.SIGTERM)
    for point in queue:
        if await _reaches(scene, part, point, plan):
            struck[point] += 1
            plan.tell(struck.total(), plan.count * len(POINTS), f"{part}: {point}")
    await world.start(part)
    await world.ready(part)


async def _reaches(scene: Scene, part: str, point: str, plan: Plan) -> bool:
    """Whether it has died there; a point that nobody comes by is tried for a few minutes."""
    for _ in range(_TRIES):
        if plan.is_over:
            break
        await scene.world.start(part, CAMPAIGN_POINT=point)
        if await scene.world.dies(part, _REACHED_WITHIN):
            return True
        await scene.world.kill(part)
    return False


async def _pass_time(scene: Scene) -> None:
    """Clocks run out, and what a dead sender has claimed is free again."""
    while True:
        await scene.pass_time()
        await asyncio.sleep(_HOURS_PASS_EVERY)
