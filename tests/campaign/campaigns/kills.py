"""R1: SIGKILL at random moments under load, and how soon what was killed is of use again."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from statistics import median
from typing import Final
from uuid import UUID

import aiohttp
import asyncpg
import httpx

from deploy.local.logins import SignInError
from shared.ids import new_id
from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Scene, Stage
from tests.campaign.world import PROCESSES

BROKER: Final = "broker"
BACKEND: Final = "backend"
POSTMASTER: Final = "postmaster"
STORES: Final = (BROKER, BACKEND, POSTMASTER)
_MOST_AT_ONCE: Final = 3
_LONGEST_PAUSE: Final = 0.5
_PATIENCE: Final = 60.0
_AWAY: Final = (aiohttp.ClientError, OSError, TimeoutError, asyncpg.PostgresError, httpx.HTTPError, SignInError)
# What only this process can answer.
ASKED: Final[Mapping[str, str]] = {
    "gateway": "/v1/families?limit=1",
    "referral": "/v1/families?limit=1",
    "matching": "/v1/volunteers?limit=1",
    "training": "/v1/programmes?limit=1",
    "outcomes": f"/v1/stages?family={UUID(int=0)}",
}
_HANDLED: Final = "SELECT 1 FROM inbox WHERE handled_at > $1 LIMIT 1"
# The referral service hears only of what this load does not do; its relay is what others wait for.
_RELAYED: Final = """
SELECT 1 FROM campaign_journal j WHERE written_at > $1 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.seq = j.seq)
LIMIT 1
"""
_SENT: Final = "SELECT 1 FROM deliveries WHERE delivered_at > $1 LIMIT 1"
_SEEN: Final[Mapping[str, tuple[str, str]]] = {
    "referral-worker": ("referral", _RELAYED),
    "gateway-sender": ("gateway", _SENT),
    BROKER: ("gateway", _HANDLED),
}


async def run(stage: Stage, plan: Plan) -> Report:
    """Kill until the count is reached, a few at once; `plan.count` are kills."""
    chance, returns = plan.chance, defaultdict[str, list[float]](list)
    # What is tried after a kill is written where nobody judges: it is on no account.
    async with stage.scene(3) as scene, stage.scene(1) as aside:
        load = Load(scene.houses, plan.seed, width=4)
        working = asyncio.create_task(load.run())
        killed = 0
        try:
            while killed < plan.count and not plan.is_over:
                victims = _victims(chance, plan.count - killed)
                for victim, seconds in zip(victims, await _strike(aside, victims, chance), strict=True):
                    returns[victim].append(seconds)
                killed += len(victims)
                plan.tell(killed, plan.count, ", ".join(victims))
                await asyncio.sleep(chance.uniform(0, _LONGEST_PAUSE))
        finally:
            load.stop()
            await working
        findings = _slow(returns, plan.useful_within) + await scene.judge()
    figures = {"flows": load.flows, "met": dict(scene.line.met), "returns": _shown(returns)}
    return Report(killed, findings, figures)


def _victims(chance: random.Random, left: int) -> list[str]:
    """A store alone, or a few processes together."""
    if chance.random() < 0.25:
        return [chance.choice(STORES)]
    return chance.sample(PROCESSES, min(left, chance.randint(1, _MOST_AT_ONCE)))


async def _strike(scene: Scene, victims: list[str], chance: random.Random) -> list[float]:
    """Kill and start again; how many seconds after its start each was of use."""
    world = scene.world
    if victims == [BACKEND]:
        world.kill_backend(chance.choice(world.backends()))
    elif victims == [BROKER]:
        await world.kill_broker()
        await world.start_broker()
    elif victims == [POSTMASTER]:
        await world.kill_postmaster()
        began = time.monotonic()
        await world.start_postgres()
        return [time.monotonic() - began + await _useful(scene, POSTMASTER)]
    else:
        for victim in victims:
            await world.kill(victim)
        for victim in victims:
            await world.start(victim)
    return await asyncio.gather(*(_useful(scene, victim) for victim in victims))


async def _useful(scene: Scene, victim: str) -> float:
    """Seconds until something has succeeded that needs the victim."""
    began = time.monotonic()
    succeeds = _succeeds(scene, victim)
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while not await _tried(succeeds):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)
    return time.monotonic() - began


async def _tried(succeeds: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await succeeds()
    except _AWAY:
        return False


def _succeeds(scene: Scene, victim: str) -> Callable[[], Awaitable[bool]]:
    client = scene.houses[0].scheme
    if victim in ASKED:

        async def answers() -> bool:
            return (await client.once("GET", ASKED[victim])).status < httpx.codes.INTERNAL_SERVER_ERROR

        return answers
    if victim in {BACKEND, POSTMASTER}:

        async def writes() -> bool:
            body = {"title": f"After {victim}"}
            return (await client.once("POST", "/v1/programmes", body, key=str(new_id()))).status == httpx.codes.CREATED

        return writes
    service, query = _SEEN.get(victim, (victim.partition("-")[0], _HANDLED))
    since: list[object] = []

    async def has_happened() -> bool:
        async with scene.world.checker().sources.database(service) as connection:
            if not since:
                since.append(await connection.fetchval("SELECT clock_timestamp()"))
            return bool(await connection.fetchval(query, since[0]))

    return has_happened


def _shown(returns: Mapping[str, list[float]]) -> dict[str, str]:
    """By victim how often it was killed, and how soon it was of use again."""
    return {
        victim: f"{len(seconds)}: median {median(seconds):.2f} s, longest {max(seconds):.2f} s"
        for victim, seconds in sorted(returns.items())
    }


def _slow(returns: Mapping[str, list[float]], most: float) -> list[Finding]:
    return [
        Finding(Code.SLOW_RETURN, victim, f"of use after {seconds:.1f} s")
        for victim, every in returns.items()
        for seconds in every
        if seconds > most
    ]
