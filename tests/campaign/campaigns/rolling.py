"""R11: every Python process is replaced, one after the other, under load: no request fails."""

import asyncio
from collections.abc import Mapping

from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Stage
from tests.campaign.world import PROCESSES


async def run(stage: Stage, plan: Plan, planted: Mapping[str, str] | None = None) -> Report:
    """`plan.count` are rounds over all processes; `planted` are marks of the first round's processes."""
    async with stage.scene(2) as scene:
        load = Load(scene.houses, plan.seed)
        working = asyncio.create_task(load.run())
        replaced = 0
        try:
            for turn in range(plan.count):
                for name in PROCESSES:
                    if plan.is_over:
                        break
                    await stage.world.replace(name, **(dict(planted or {}) if turn == 0 else {}))
                    replaced += 1
                    plan.tell(turn, plan.count, name)
        finally:
            load.stop()
            await working
        findings = failed(scene.line.met) + await scene.judge()
    return Report(replaced // len(PROCESSES), findings, {"flows": load.flows, "met": dict(scene.line.met)})


def failed(met: Mapping[str, int]) -> list[Finding]:
    """What a client was turned away with, or lost; a fact that it has to wait for is neither."""
    bad = {what: times for what, times in met.items() if what.startswith(("again", "lost")) and what != "again 409"}
    return [Finding(Code.REQUEST_FAILED, "gateway", f"{what}, {times} times") for what, times in bad.items()]
