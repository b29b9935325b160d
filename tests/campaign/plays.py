"""The smallest things that clients and their surroundings do to bring one kind of fault to light."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from unittest import mock

from deploy.local import upkeep
from shared.tests.house import until
from tests.campaign import journal
from tests.campaign.campaigns import places
from tests.campaign.campaigns.database import killed
from tests.campaign.campaigns.races import moves
from tests.campaign.campaigns.rolling import failed
from tests.campaign.cast import House
from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load, concern, enquiry, programme, referral, volunteer
from tests.campaign.probe import Probe, unclean
from tests.campaign.settle import ends, rewind, settle
from tests.campaign.stage import Scene

POISON = "circle.referral.submitted.v1"
_REFUSED = "SELECT count(*) FROM attempts WHERE partnership_id = ANY($1)"


@dataclass(frozen=True, slots=True)
class Ground:
    """Two partnerships, the process that may be broken, and how it is started so."""

    scene: Scene
    part: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)

    async def start(self, marks: Mapping[str, str]) -> None:
        """Anew; politely, so that a successor has its predecessor's partitions at once."""
        await self.scene.world.kill(self.part, signal.SIGTERM)
        await self.scene.world.start(self.part, **marks)

    async def settled(self, seconds: float = 15) -> None:
        await settle(self.scene.world.checker().sources, self.scene.partnerships, seconds)


Play = Callable[[Ground], Awaitable[list[Finding]]]


def _each(*flows: Callable[[House], Awaitable[object]]) -> Play:
    """These flows one after the other, in both houses at once."""

    async def playing(ground: Ground) -> list[Finding]:
        for flow in flows:
            await asyncio.gather(*(flow(house) for house in ground.scene.houses))
        return []

    return playing


referrals = _each(referral)
concerns = _each(concern)
programmes = _each(programme)
enquiries = _each(*[enquiry] * 6)
volunteers = _each(volunteer)


async def late(ground: Ground) -> list[Finding]:
    """One house commits after the other has, though its event had its place before."""
    slow, quick = ground.scene.houses
    async with journal.held(ground.scene.world.admin_dsn, "referral", slow.partnership):
        writing = asyncio.create_task(concern(slow))
        await asyncio.sleep(0.5)
        await concern(quick)
        await asyncio.sleep(1)
    await writing
    return []


async def heard_again(ground: Ground) -> list[Finding]:
    """What was handled comes once more, as after a death before its position was committed."""
    sources = ground.scene.world.checker().sources
    before = await ends(sources)
    await volunteers(ground)
    await ground.settled()
    if ground.part:
        await ground.scene.world.kill(ground.part, signal.SIGTERM)
        await rewind(sources, ground.part.partition("-")[0], before)
        await ground.scene.world.start(ground.part, **ground.marks)
    return []


async def backlog(ground: Ground) -> list[Finding]:
    """Events of the same keys wait for the relay."""
    if ground.part:
        await ground.scene.world.kill(ground.part)
    await Load(ground.scene.houses, 7, mix=[referral]).run(8)
    if ground.part:
        await ground.scene.world.start(ground.part, **ground.marks)
    return []


async def refused(ground: Ground) -> list[Finding]:
    """The receivers are away at first."""
    scene = ground.scene
    secrets = {house.partnership.hex: scene.sink.forget(house.partnership.hex) for house in scene.houses}
    await referrals(ground)

    async def tried() -> bool:
        async with scene.world.checker().sources.database("gateway") as connection:
            return bool(await connection.fetchval(_REFUSED, list(scene.partnerships)))

    await until(tried, 30)
    for name, secret in secrets.items():
        scene.sink.know(name, secret)
    await scene.pass_time()
    return []


async def overdue(ground: Ground) -> list[Finding]:
    """Nobody acknowledges a concern in time."""
    await asyncio.gather(*(concern(house) for house in ground.scene.houses))
    await ground.settled()
    await ground.scene.pass_time()
    await asyncio.sleep(2)
    return []


async def poisoned(ground: Ground) -> list[Finding]:
    """An event that cannot be handled comes before others of its key; when it can, it is replayed."""
    await referrals(ground)
    await ground.settled()
    if ground.part:
        await ground.start({})
        await ground.scene.world.ready(ground.part)
    with mock.patch.dict(os.environ, ground.scene.world.environment_of("gateway")):
        await asyncio.to_thread(upkeep.replay_dead_letters, "gateway")
    return []


async def race(ground: Ground) -> list[Finding]:
    """Several move one referral at once: one may."""
    found = await asyncio.gather(*(moves(house) for house in ground.scene.houses for _ in range(2)))
    return [one for some in found for one in some]


async def last_place(ground: Ground) -> list[Finding]:
    """Several families want a volunteer's last place at once: one may have it."""
    wanted = await asyncio.gather(*(places.prepared(house) for house in ground.scene.houses))
    return [one for _ in range(3) for some in await asyncio.gather(*map(places.last_place, wanted)) for one in some]


async def without_broker(ground: Ground) -> list[Finding]:
    """There is no broker while somebody writes."""
    world = ground.scene.world
    probe = await Probe.of(ground.scene)
    await world.kill_broker()
    try:
        answers = await probe.ask_for(2)
    finally:
        await world.start_broker()
    refused = [str(one) for one in answers if one.status != HTTPStatus.CREATED]
    return [Finding(Code.REQUEST_FAILED, "gateway", one) for one in refused]


async def drained(ground: Ground) -> list[Finding]:
    """The process is replaced while clients are at it."""
    load = Load(ground.scene.houses, 7, width=8)
    working = asyncio.create_task(load.run())
    await ground.scene.world.replace("gateway", **ground.marks)
    await asyncio.sleep(1)
    await ground.scene.world.replace("gateway")
    load.stop()
    await working
    return failed(ground.scene.line.met)


async def away(ground: Ground) -> list[Finding]:
    """The database is killed while somebody asks."""
    probe = await Probe.of(ground.scene)
    async with killed(ground.scene.world):
        answers = await probe.ask_for(3)
    await probe.back()
    return unclean("killed", answers, {503})
