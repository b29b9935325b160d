"""R4: many at once want what one may have: a volunteer's last place, a move, one key's effect across a kill."""

import asyncio
import json
import random
from collections import Counter
from typing import Final

from shared.ids import new_id
from tests.campaign.campaigns import places
from tests.campaign.cast import House
from tests.campaign.client import RefusedError
from tests.campaign.findings import Code, Finding
from tests.campaign.load import RISK, submitted_referral
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Scene, Stage

_RETRIES: Final = 100
_MOVERS: Final = 5
_REFERRALS_AT_ONCE: Final = 5
_ROUNDS_OF_PLACES: Final = 10
_LATEST_KILL_SECONDS: Final = 0.4


async def run(stage: Stage, plan: Plan) -> Report:
    """`plan.count` are operations: requests that race with others."""
    chance, done, found = plan.chance, Counter[str](), list[Finding]()
    async with stage.scene(2) as scene:
        wanted = await asyncio.gather(*(places.prepared(house) for house in scene.houses))
        while done.total() < plan.count and not plan.is_over:
            found += await retries(scene, chance)
            done["retries"] += _RETRIES
            for _ in range(2):
                racing = [moves(chance.choice(scene.houses)) for _ in range(_REFERRALS_AT_ONCE)]
                found += [one for some in await asyncio.gather(*racing) for one in some]
                done["moves"] += 2 * _MOVERS * _REFERRALS_AT_ONCE
            for _ in range(_ROUNDS_OF_PLACES):
                found += [one for some in await asyncio.gather(*map(places.last_place, wanted)) for one in some]
                done["places"] += places.SUITORS * len(wanted)
            plan.tell(done.total(), plan.count, "races")
        found += await scene.judge()
    return Report(done.total(), found, {"operations": dict(done), "met": dict(scene.line.met)})


async def retries(scene: Scene, chance: random.Random) -> list[Finding]:
    """One key a hundred times at once, while the service is killed and started again: one effect, one answer."""
    house, key = chance.choice(scene.houses), str(new_id())
    body = {"title": f"Programme {key}"}
    asking = [
        asyncio.create_task(house.scheme.write("programme", "/v1/programmes", body, key=key)) for _ in range(_RETRIES)
    ]
    await asyncio.sleep(chance.uniform(0, _LATEST_KILL_SECONDS))
    await scene.world.kill("training")
    await scene.world.start("training")
    answers = {json.dumps([said.status, said.document], sort_keys=True) for said in await asyncio.gather(*asking)}
    if len(answers) == 1:
        return []
    return [Finding(Code.RACE_LOST, "training", f"{len(answers)} answers to one key, {key}")]


async def moves(house: House) -> list[Finding]:
    """Several take the same referral into triage, then several accept it: one each may."""
    _, referred = await submitted_referral(house)
    path = f"/v1/referrals/{referred.id}"
    won = {"triage": await _race(house, "triage", path, referred.etag)}
    await house.scheme.write("risk", f"{path}/risk-assessments", RISK)
    won["accept"] = await _race(house, "accept", path, "*")
    return [
        Finding(Code.RACE_LOST, "referral", f"{count} won the {kind} of {referred.id}")
        for kind, count in won.items()
        if count != 1
    ]


async def _race(house: House, kind: str, path: str, etag: str) -> int:
    """How many won."""

    async def move() -> bool:
        try:
            await house.scheme.write(kind, f"{path}/{kind}", match=etag)
        except RefusedError:
            return False
        return True

    return sum(await asyncio.gather(*(move() for _ in range(_MOVERS))))
