"""The story's own requests once more while something is away: errors say and write down other things then."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import asyncpg
import httpx

from deploy.local.state import APPLICATIONS
from shared.ids import new_id
from shared.settings import SERVICES
from tests.world.stage import Stage
from tests.world.tokens import again
from tests.world.witness import Exchange

_AT_ONCE: Final = 24
# Of a hundred and more: each outage has others, and none of them waits long for all.
_EACH: Final = 24
# After that long something goes away in the middle of the requests.
_SOON: Final = 0.3
# A gateway that was killed leaves its listener, so that whoever comes waits.
_SECONDS: Final = 10
_EDGE: Final = "gateway"
Outage = Callable[[Stage], AbstractAsyncContextManager[None]]


async def provoked(stage: Stage, client: httpx.AsyncClient) -> dict[str, list[str]]:
    """Every answer that was an error, by what was away."""
    found: dict[str, list[str]] = {}
    for number, (name, outage) in enumerate(_OUTAGES.items()):
        first, second = (_repeated(stage, client, start) for start in (2 * number, 2 * number + 1))
        in_flight = asyncio.create_task(first)
        await asyncio.sleep(_SOON)
        async with outage(stage):
            found[name] = [*await in_flight, *await second]
        for one in APPLICATIONS:
            await asyncio.to_thread(stage.platform.wait_ready, one)
    return found


async def _repeated(stage: Stage, client: httpx.AsyncClient, start: int) -> list[str]:
    """Every few-th of the requests that were granted, from that one on."""
    few, good = asyncio.Semaphore(_AT_ONCE), [stage.witness.good(name) for name in stage.witness.description.operations]

    async def send(one: Exchange) -> str:
        operation = stage.witness.description.operations[one.operation]
        bearer = {"Authorization": f"Bearer {stage.mint.token(again(one.claims))}"}
        headers = bearer | {"Idempotency-Key": str(new_id()), "If-Match": "*"}
        async with few:
            try:
                answer = await client.request(
                    operation.method, one.path, json=one.body, headers=headers, timeout=_SECONDS
                )
            except httpx.TransportError as error:
                return type(error).__name__
        return f"{answer.status_code} {answer.headers} {answer.text}" if answer.is_error else ""

    marked = [one for one in good if one and isinstance(one.body, dict) and one.claims]
    step = max(1, len(marked) // _EACH)
    return [said for said in await asyncio.gather(*map(send, marked[start % step :: step])) if said]


@asynccontextmanager
async def _database_away(stage: Stage) -> AsyncIterator[None]:
    """The services' databases let nobody in, and break off who is."""
    admin = await asyncpg.connect(stage.stack.admin_dsn)
    names = [stage.stack.database(name) for name in APPLICATIONS]
    try:
        for name in names:
            await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY($1)", names)
        yield
    finally:
        for name in names:
            await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
        await admin.close()


@asynccontextmanager
async def _broker_away(stage: Stage) -> AsyncIterator[None]:
    await asyncio.to_thread(stage.platform.kill_broker)
    try:
        yield
    finally:
        await asyncio.to_thread(stage.platform.start_broker)


def _killed(*names: str) -> Outage:
    @asynccontextmanager
    async def killed(stage: Stage) -> AsyncIterator[None]:
        for name in names:
            await asyncio.to_thread(stage.platform.kill_application, name)
        try:
            yield
        finally:
            for name in names:
                await asyncio.to_thread(stage.platform.start_application, name)

    return killed


_OUTAGES: Final[dict[str, Outage]] = {
    "database": _database_away,
    "broker": _broker_away,
    "services": _killed(*(name for name in SERVICES if name != _EDGE)),
    "gateway": _killed(_EDGE),
}
