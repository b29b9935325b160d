"""Planted faults: builds that are broken in one place each, the least play that shows it, and what is then found."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence, Set
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

    `needs` are the parts that have to be whole for the play to come to its end and to the fault.
    `seconds` is how long the rest is waited for at most: some faults leave work that nobody will ever do.
    `planted` is the fault's name in `tests.planted`, where that differs.
    `alone` has no other fault beside it, because it breaks what others need or finds what they cause.
    """

    part: str
    finds: Code
    play: Play
    needs: Set[str] = frozenset()
    point: str = ""
    poison: str = ""
    seconds: float = 20
    alone: bool = False
    forgets_keys: bool = False
    planted: str = ""


_REFERRAL: Final = frozenset({"referral", "referral-worker"})
_VOLUNTEER: Final = frozenset({"matching", "matching-worker", "training", "training-worker"})
_WEBHOOK: Final = _REFERRAL | {"gateway-worker"}
FAULTS: Final[Mapping[str, Fault]] = {
    "event-outside": Fault("referral", Code.EVENT_MISSING, plays.referrals, _REFERRAL, _AFTER_COMMIT),
    "key-outside": Fault("training", Code.WRITE_DOUBLED, plays.programmes, point=_AFTER_COMMIT),
    "key-ignored": Fault("training", Code.WRITE_DOUBLED, plays.programmes, point=_AFTER_COMMIT),
    "key-forgotten-by-client": Fault(
        "training", Code.WRITE_DOUBLED, plays.programmes, point=_AFTER_COMMIT, forgets_keys=True
    ),
    "answer-first": Fault("training", Code.ACK_LOST, plays.programmes, point="write record after"),
    "audit-skipped": Fault("matching", Code.AUDIT_MISSING, plays.enquiries, {"matching-worker"}),
    "no-lock": Fault("referral", Code.RACE_LOST, plays.race, _REFERRAL),
    "no-lock-on-places": Fault("matching", Code.RACE_LOST, plays.last_place, _REFERRAL | _VOLUNTEER, planted="no-lock"),
    "id-after-last": Fault("referral-worker", Code.EVENT_MISSING, plays.late, _REFERRAL, seconds=5),
    "two-leaders": Fault("referral-worker", Code.ORDER_BROKEN, plays.backlog, _REFERRAL),
    "republished": Fault("training-worker", Code.EVENT_UNWRITTEN, plays.volunteers, _VOLUNTEER),
    "no-inbox": Fault("matching-worker", Code.EFFECT_DOUBLED, plays.heard_again, _VOLUNTEER),
    "offset-first": Fault("matching-worker", Code.EFFECT_MISSING, plays.referrals, _REFERRAL, "consume claim before"),
    "other-tenant": Fault("outcomes-worker", Code.TENANT_CROSSED, plays.referrals, _REFERRAL, seconds=5),
    "feed-crossed": Fault("gateway-worker", Code.TENANT_CROSSED, plays.concerns, alone=True),
    "webhook-to-everybody": Fault("gateway-worker", Code.TENANT_CROSSED, plays.volunteers, _VOLUNTEER, seconds=5),
    "webhook-forgotten": Fault("gateway-sender", Code.DELIVERY_LOST, plays.refused, _WEBHOOK),
    "webhook-new-id": Fault("gateway-sender", Code.DELIVERY_UNKNOWN, plays.refused, _WEBHOOK, seconds=5),
    "webhook-bad-signature": Fault("gateway-sender", Code.SIGNATURE_BAD, plays.referrals, _WEBHOOK),
    "clock-twice": Fault("referral-worker", Code.CLOCK_WRONG, plays.overdue, _REFERRAL),
    "sealer-skips": Fault("matching-worker", Code.AUDIT_BROKEN, plays.enquiries, {"matching"}),
    "poison-overtaken": Fault("gateway-worker", Code.FEED_BROKEN, plays.poisoned, _REFERRAL, poison=plays.POISON),
    "poison-dropped": Fault("gateway-worker", Code.EFFECT_MISSING, plays.poisoned, _REFERRAL, poison=plays.POISON),
    "broker-needed": Fault("training", Code.REQUEST_FAILED, plays.without_broker, alone=True),
    "drain-drops": Fault("gateway", Code.REQUEST_FAILED, plays.drained, alone=True),
    "bare-500": Fault("training", Code.UNCLEAN, plays.away, alone=True),
}
# A fault of the clients, not of a process.
_NOT_OURS: Final = frozenset({"key-forgotten-by-client"})


def together(names: Sequence[str]) -> Iterator[list[str]]:
    """Groups that may be planted at once: none breaks what another needs, no two are found by the same code."""
    groups: list[list[str]] = []
    for name in names:
        for group in groups:
            if all(_agree(FAULTS[name], FAULTS[other]) for other in group):
                group.append(name)
                break
        else:
            groups.append([name])
    yield from groups


def _agree(one: Fault, other: Fault) -> bool:
    apart = one.part != other.part and one.part not in other.needs and other.part not in one.needs
    return apart and one.finds != other.finds and not (one.alone or other.alone)


async def find(stage: Stage, names: Sequence[str]) -> dict[str, list[Finding]]:
    """What is found of each of these faults, planted together; afterwards all is well again."""
    async with AsyncExitStack() as stack:
        grounds = {name: await stack.enter_async_context(_ground(stage, name)) for name in names}
        async with _broken(stage, grounds):
            played = await asyncio.gather(*(_play(name, ground) for name, ground in grounds.items()))
            judged = await asyncio.gather(*(_judged(name, ground) for name, ground in grounds.items()))
    return {name: seen + more for name, seen, more in zip(grounds, played, judged, strict=True)}


async def _judged(name: str, ground: Ground) -> list[Finding]:
    await ground.scene.pass_time()
    return await ground.scene.judge(FAULTS[name].seconds)


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
