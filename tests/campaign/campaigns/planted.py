"""Planted faults: builds that are broken in one place each, the least play that shows it, and what is then found."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from tests.campaign import plays
from tests.campaign.client import RefusedError
from tests.campaign.findings import Code, Finding, codes
from tests.campaign.plays import Ground, Play
from tests.campaign.stage import Stage

_AFTER_COMMIT: Final = "write commit after"


@dataclass(frozen=True, slots=True)
class Fault:
    """Which process is broken, what then is found, and by which play; `point` is where it dies on the way.

    `planted` is the fault's name in `tests.planted`, where that differs.
    `alone` has no other fault beside it, because it breaks what others need or finds what they cause.
    """

    part: str
    finds: Code
    play: Play
    point: str = ""
    poison: str = ""
    seconds: float = 20
    alone: bool = False
    forgets_keys: bool = False
    planted: str = ""


FAULTS: Final[Mapping[str, Fault]] = {
    "event-outside": Fault("referral", Code.EVENT_MISSING, plays.referrals, _AFTER_COMMIT),
    "key-outside": Fault("training", Code.WRITE_DOUBLED, plays.programmes, _AFTER_COMMIT),
    "key-ignored": Fault("training", Code.WRITE_DOUBLED, plays.programmes, "write commit after"),
    "key-forgotten-by-client": Fault(
        "training", Code.WRITE_DOUBLED, plays.programmes, _AFTER_COMMIT, forgets_keys=True
    ),
    "answer-first": Fault("training", Code.ACK_LOST, plays.programmes, "write record after"),
    "audit-skipped": Fault("matching", Code.AUDIT_MISSING, plays.volunteers),
    "no-lock": Fault("referral", Code.RACE_LOST, plays.race),
    "no-lock-on-places": Fault("matching", Code.RACE_LOST, plays.last_place, planted="no-lock"),
    "id-after-last": Fault("referral-worker", Code.EVENT_MISSING, plays.late, seconds=5),
    "two-leaders": Fault("referral-worker", Code.ORDER_BROKEN, plays.backlog),
    "republished": Fault("training-worker", Code.EVENT_UNWRITTEN, plays.volunteers),
    "no-inbox": Fault("outcomes-worker", Code.EFFECT_DOUBLED, plays.referrals, "consume offset before"),
    "offset-first": Fault("matching-worker", Code.EFFECT_MISSING, plays.referrals, "consume claim before"),
    "other-tenant": Fault("outcomes-worker", Code.TENANT_CROSSED, plays.referrals),
    "feed-crossed": Fault("gateway-worker", Code.TENANT_CROSSED, plays.everything),
    "webhook-to-everybody": Fault("gateway-worker", Code.TENANT_CROSSED, plays.volunteers),
    "webhook-forgotten": Fault("gateway-sender", Code.DELIVERY_LOST, plays.refused),
    "webhook-new-id": Fault("gateway-sender", Code.DELIVERY_UNKNOWN, plays.refused),
    "webhook-bad-signature": Fault("gateway-sender", Code.SIGNATURE_BAD, plays.everything),
    "clock-twice": Fault("referral-worker", Code.CLOCK_WRONG, plays.overdue),
    "sealer-skips": Fault("matching-worker", Code.AUDIT_BROKEN, plays.referrals),
    "poison-overtaken": Fault("gateway-worker", Code.FEED_BROKEN, plays.poisoned, poison=plays.POISON),
    "poison-dropped": Fault("gateway-worker", Code.EFFECT_MISSING, plays.poisoned, poison=plays.POISON),
    "drain-drops": Fault("gateway", Code.REQUEST_FAILED, plays.drained, alone=True),
    "bare-500": Fault("training", Code.UNCLEAN, plays.away, alone=True),
}
# A fault of the clients, not of a process.
_NOT_OURS: Final = frozenset({"key-forgotten-by-client"})


def together(names: Sequence[str]) -> Iterator[list[str]]:
    """Groups that may be planted at once: no process is broken twice, no two are found by the same code."""
    groups: list[list[str]] = []
    for name in names:
        one = FAULTS[name]
        for group in groups:
            others = [FAULTS[other] for other in group]
            if not one.alone and all(
                other.part != one.part and other.finds != one.finds and not other.alone for other in others
            ):
                group.append(name)
                break
        else:
            groups.append([name])
    yield from groups


async def find(stage: Stage, names: Sequence[str]) -> dict[str, list[Finding]]:
    """What is found of each of these faults, planted together; afterwards all is well again."""
    async with AsyncExitStack() as stack:
        grounds = {name: await stack.enter_async_context(_ground(stage, name)) for name in names}
        async with _broken(stage, grounds):
            played = await asyncio.gather(*(_play(name, ground) for name, ground in grounds.items()))
            found = {}
            for (name, ground), seen in zip(grounds.items(), played, strict=True):
                await ground.scene.pass_time()
                found[name] = seen + await ground.scene.judge(FAULTS[name].seconds)
    return found


def is_found(name: str, findings: Sequence[Finding]) -> bool:
    """By the code that says what is wrong, whatever else was found."""
    return FAULTS[name].finds in codes(findings)


@asynccontextmanager
async def _ground(stage: Stage, name: str) -> AsyncIterator[Ground]:
    fault = FAULTS[name]
    marks = {} if name in _NOT_OURS else {"CAMPAIGN_PLANTED": fault.planted or name}
    if fault.poison:
        marks["CAMPAIGN_POISON"] = fault.poison
    async with stage.scene(2, forgets_keys=fault.forgets_keys) as scene:
        yield Ground(scene, fault.part, marks)


@asynccontextmanager
async def _broken(stage: Stage, grounds: Mapping[str, Ground]) -> AsyncIterator[None]:
    try:
        for name, ground in grounds.items():
            point = FAULTS[name].point
            await ground.start(dict(ground.marks) | ({"CAMPAIGN_POINT": point} if point else {}))
        for ground in grounds.values():
            await stage.world.ready(ground.part)
        yield
    finally:
        for ground in grounds.values():
            await ground.start({})
        for ground in grounds.values():
            await stage.world.ready(ground.part)


async def _play(name: str, ground: Ground) -> list[Finding]:
    """Whoever dies at a point goes on with its fault and without the point."""
    dying = asyncio.create_task(_reborn(ground)) if FAULTS[name].point else None
    found: list[Finding] = []
    try:
        found += await FAULTS[name].play(ground)
    except RefusedError as error:
        # A client that goes on from what it was told, and is told that it is not there.
        found.append(Finding(Code.REQUEST_FAILED, ground.part, str(error)))
    finally:
        if dying is not None and not await dying:
            found.append(Finding(Code.POINT_MISSED, ground.part, FAULTS[name].point))
    return found


async def _reborn(ground: Ground) -> bool:
    if not await ground.scene.world.dies(ground.part, 30):
        return False
    await ground.scene.world.start(ground.part, **ground.marks)
    await ground.scene.world.ready(ground.part)
    return True
