"""How soon what was killed is of use again: since it was started anew, and since it takes connections."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from statistics import median
from typing import Final
from uuid import UUID

import aiohttp
import asyncpg
import httpx

from deploy.local.logins import SignInError
from shared.ids import new_id
from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load, family, volunteer
from tests.campaign.stage import Scene
from tests.campaign.world import World, answers_ready

BROKER: Final = "broker"
BACKEND: Final = "backend"
POSTMASTER: Final = "postmaster"
STORES: Final = (BROKER, BACKEND, POSTMASTER)
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


@dataclass(frozen=True, slots=True)
class Return:
    """Seconds to the first success: since its start, and since it said that it is there."""

    victim: str
    since_start: float
    since_up: float

    @property
    def judged(self) -> float:
        """How long a store of others takes to start is theirs; a process of ours starts by our own doing."""
        return self.since_up if self.victim in STORES else self.since_start


async def returns(scene: Scene, victims: Sequence[str], began: float, up: float | None = None) -> list[Return]:
    """Of each of these, which were started when the steady clock said `began`; `up` where that is known already.

    What is tried is written to the scene's first partnership, which nobody may judge.
    """
    async with _something_to_do(scene, victims):
        return await asyncio.gather(*(_returns(scene, victim, began, up) for victim in victims))


async def _returns(scene: Scene, victim: str, began: float, up: float | None) -> Return:
    useful, there = await asyncio.gather(
        _instant(_succeeds(scene, victim)),
        _instant(_takes_connections(scene.world, victim)) if up is None else asyncio.sleep(0, up),
    )
    return Return(victim, useful - began, max(0.0, useful - there))


async def _instant(succeeds: Callable[[], Awaitable[bool]]) -> float:
    """When it first succeeded, or when patience ended."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while not await _tried(succeeds):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)
    return time.monotonic()


async def _tried(succeeds: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await succeeds()
    except _AWAY:
        return False


@asynccontextmanager
async def _something_to_do(scene: Scene, victims: Sequence[str]) -> AsyncIterator[None]:
    """Writes that the victims hear of, one after the other: whoever has nothing to do shows no success."""
    idle = set(victims) - set(ASKED) - {BACKEND, POSTMASTER}
    mix = (*([family] if idle - {"training-worker"} else []), *([volunteer] if "training-worker" in idle else []))
    writing = asyncio.create_task(Load(scene.houses[:1], 0, max(1, len(mix)), mix).run(None if mix else 0))
    try:
        yield
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing


def _takes_connections(world: World, victim: str) -> Callable[[], Awaitable[bool]]:
    async def listens() -> bool:
        return await asyncio.to_thread(world.kafka.accepts)

    async def lets_in() -> bool:
        async with world.checker().sources.database("referral") as connection:
            return bool(await connection.fetchval("SELECT 1"))

    async def says_so() -> bool:
        return await asyncio.to_thread(answers_ready, world.around.ports[victim])

    return {BROKER: listens, BACKEND: lets_in, POSTMASTER: lets_in}.get(victim, says_so)


def _succeeds(scene: Scene, victim: str) -> Callable[[], Awaitable[bool]]:
    """Something that cannot succeed without the victim."""
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


def shown(found: Iterable[Return]) -> dict[str, str]:
    """By victim how often it was killed, and how soon it was of use again."""
    by_victim = defaultdict[str, list[Return]](list)
    for one in found:
        by_victim[one.victim].append(one)
    return {
        victim: f"{len(every)}: since its start {_spread(one.since_start for one in every)}"
        f"; since it takes connections {_spread(one.since_up for one in every)}"
        for victim, every in sorted(by_victim.items())
    }


def _spread(seconds: Iterable[float]) -> str:
    every = list(seconds)
    return f"median {median(every):.2f} s, longest {max(every):.2f} s"


def slow(found: Iterable[Return], most: float) -> list[Finding]:
    """Those that came too late."""
    return [
        Finding(Code.SLOW_RETURN, one.victim, f"of use after {one.judged:.1f} s") for one in found if one.judged > most
    ]
