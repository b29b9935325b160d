"""P14: buffers touched at a million rows ÷ at ten thousand, by the platform's own statements as it runs them."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from bench import ground, harness
from bench.ground import Admin
from bench.harness import Figure
from bench.scale import audit, buffers, fill, gateway, matching, outcomes, referral, training
from bench.scale.buffers import Meter
from deploy.local.bed import Stack
from gateway import handlers as gateway_handlers
from gateway.main import create_own_app
from services.outcomes import handlers as outcomes_handlers
from services.outcomes.main import create_app as create_outcomes
from services.referral import handlers as referral_handlers
from services.referral.main import create_app as create_referral
from services.training.main import create_app as create_training
from shared.consumer import Handlers
from shared.testing import Running, running

P14: Final = Figure(
    "P14",
    "buffers touched at 1,000,000 rows ÷ at 10,000",
    "shared buffers, hit and read, of all statements of one request or poll",
    must=1.5,
    aim=1.1,
)
SMALL, LARGE = 10_000, 1_000_000
# The planted walk grows a hundredfold; the run is void when less than this is seen.
SEEN: Final = 20
Counts = dict[str, int]


@asynccontextmanager
async def prepared(
    stack: Stack, name: str, create: Callable[[], Any], handlers: Any
) -> AsyncIterator[tuple[Running, Admin]]:
    """The service in this process, and a superuser's session in its database."""
    admin = await asyncpg.connect(stack.admin_dsn, database=stack.database(name))
    try:
        await buffers.told(admin, stack.database(name), f"{name}_app", f"{name}_worker")
        await fill.prepare(admin)
        async with running(create, stack.environment_of(name), handlers) as service:
            yield service, admin
    finally:
        await admin.close()


async def of_referral(stack: Stack) -> list[Counts]:
    """What the referral service touches, at both sizes."""
    handlers, found = referral_handlers.register(), list[Counts]()
    old = await asyncpg.connect(stack.admin_dsn, database=stack.database("referral"))
    async with prepared(stack, "referral", create_referral, handlers) as (service, admin):
        here, meter = referral.Ground(service, admin, old), await Meter.of(service.parts.app, service.parts.worker)
        await here.begin()
        for span in ((1, SMALL), (SMALL + 1, LARGE)):
            await here.fill(span)
            found.append(await each(here.operations(meter)))
            await old.execute("ROLLBACK")
        await here.end()
    return found


async def of_gateway(stack: Stack) -> list[Counts]:
    """What the gateway touches, at both sizes."""
    async with prepared(stack, "gateway", create_own_app, gateway_handlers.register()) as (service, admin):
        return await at_both_sizes(service, gateway.Ground(service, admin))


async def of_outcomes(stack: Stack) -> list[Counts]:
    """What the outcomes service touches, at both sizes."""
    async with prepared(stack, "outcomes", create_outcomes, outcomes_handlers.register()) as (service, admin):
        return await at_both_sizes(service, outcomes.Ground(service, admin))


async def of_audit(stack: Stack) -> list[Counts]:
    """What a search of the audit touches, at both sizes; every service has the same, here it is training."""
    async with prepared(stack, "training", create_training, Handlers()) as (service, admin):
        return await at_both_sizes(service, audit.Ground(service, admin))


async def at_both_sizes(
    service: Running, here: gateway.Ground | outcomes.Ground | audit.Ground | training.Ground | matching.Ground
) -> list[Counts]:
    """Filled once and measured, filled up and measured again."""
    meter, found = await Meter.of(service.parts.app, service.parts.worker), list[Counts]()
    for span in ((1, SMALL), (SMALL + 1, LARGE)):
        await here.fill(span)
        found.append(await each(here.operations(meter)))
    return found


async def each(operations: dict[str, Callable[[], Awaitable[int]]]) -> Counts:
    """Every operation, one after the other."""
    return {name: await act() for name, act in operations.items()}


def report(small: Counts, large: Counts) -> None:
    """One line a figure: the worst of its variants, and all of them."""
    ratios = {name: large[name] / max(small[name], 1) for name in small}
    void = ratios.pop(f"{referral.PLANTED}/") < SEEN
    for key in dict.fromkeys(name.partition("/")[0] for name in ratios):
        mine = {name.partition("/")[2]: name for name in ratios if name.startswith(f"{key}/")}
        touched = {variant: [small[name], large[name]] for variant, name in mine.items()}
        worst = max(ratios[name] for name in mine.values())
        harness.value(P14, worst, key=key, void=void, buffers=touched)


async def measure(stack: Stack) -> None:
    """Fill and measure the four services side by side: while one fills, another one does."""
    began = time.monotonic()
    found = await asyncio.gather(of_referral(stack), of_gateway(stack), of_outcomes(stack), of_audit(stack))
    small, large = ({name: count for one in found for name, count in one[size].items()} for size in (0, 1))
    report(small, large)
    sys.stderr.write(f"P14 in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    asyncio.run(measure(ground.stack()))
