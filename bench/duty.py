"""T4: buffers of Today beside a million visits ÷ beside ten thousand."""

import asyncio
import sys
import time
from typing import Final

from bench import ground
from bench.harness import Figure, value, wanted
from bench.scale.__main__ import SEEN, at_both_sizes, prepared
from bench.scale.matching import Ground
from bench.scale.referral import PLANTED
from deploy.local.bed import Stack
from services.matching import handlers
from services.matching.main import create_app
from services.matching.service.desk import Desk
from shared.consumer import Handlers

T4: Final = Figure(
    "T4",
    "Today beside 1,000,000 visits ÷ beside 10,000",
    "shared buffers, hit and read, of all statements of one request",
    must=1.5,
    aim=1.1,
)


async def measure(stack: Stack) -> None:
    """Fill, measure, fill up, measure again."""
    began = time.monotonic()
    async with prepared(stack, "matching", create_app, Handlers()) as (service, admin):
        here = Ground(service, admin)
        service.handlers = handlers.register(Desk(service.parts.vault), here.cases)
        small, large = await at_both_sizes(service, here)
    ratios = {name: large[name] / max(small[name], 1) for name in small}
    void = ratios.pop(f"{PLANTED}/") < SEEN
    for name, ratio in ratios.items():
        value(T4, ratio, key=name.partition("/")[2], void=void, buffers=[small[name], large[name]])
    sys.stderr.write(f"T4 in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    if wanted("T4"):
        asyncio.run(measure(ground.stack()))
