"""R5: the broker is away under load: every write is accepted, and its events come later, in order."""

import asyncio

from tests.campaign.campaigns.rolling import failed
from tests.campaign.load import Load, concern, programme, referral
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Stage


async def run(stage: Stage, plan: Plan) -> Report:
    """`plan.count` are seconds without a broker."""
    async with stage.scene(2) as scene:
        # Without a broker nobody hears of a volunteer's application, so nobody begins an induction.
        load = Load(scene.houses, plan.seed, mix=(referral, concern, programme))
        await load.run(4)
        await stage.world.kill_broker()
        working, away = asyncio.create_task(load.run()), 0
        try:
            for second in range(plan.count):
                if plan.is_over or working.done():
                    break
                await asyncio.sleep(1)
                away = second + 1
                plan.tell(away, plan.count, "seconds without a broker")
        finally:
            load.stop()
            await working
            backlog = await _backlog(stage)
            await stage.world.start_broker()
        findings = failed(scene.line.met) + await scene.judge(seconds=120 + plan.count)
    return Report(away, findings, {"flows": load.flows, "backlog": backlog, "met": dict(scene.line.met)})


async def _backlog(stage: Stage) -> int:
    async with stage.world.checker().sources.database("referral") as connection:
        return int(await connection.fetchval("SELECT count(*) FROM outbox"))
