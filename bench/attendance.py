"""T1: buffers of a report on attendance over a million participations ÷ over ten thousand, by the usual groupings."""

import asyncio
import sys
import time
from typing import Final

from bench import ground
from bench.harness import Figure, value, wanted
from bench.scale.__main__ import SEEN, at_both_sizes, prepared
from bench.scale.referral import PLANTED
from bench.scale.training import Ground
from deploy.local.bed import Stack
from services.training.main import create_app
from shared.consumer import Handlers

T1: Final = Figure(
    "T1",
    "report over 1,000,000 participations ÷ over 10,000",
    "shared buffers, hit and read, of all statements of one request",
    must=1.5,
    aim=1.1,
)


async def measure(stack: Stack) -> None:
    """Fill, measure, fill up, measure again."""
    began = time.monotonic()
    async with prepared(stack, "training", create_app, Handlers()) as (service, admin):
        small, large = await at_both_sizes(service, Ground(service, admin))
    ratios = {name: large[name] / max(small[name], 1) for name in small}
    void = ratios.pop(f"{PLANTED}/") < SEEN
    for key in dict.fromkeys(name.partition("/")[0] for name in ratios):
        mine = {name.partition("/")[2]: name for name in ratios if name.startswith(f"{key}/")}
        touched = {variant: [small[name], large[name]] for variant, name in mine.items()}
        value(T1, max(ratios[name] for name in mine.values()), key=key, void=void, buffers=touched)
    sys.stderr.write(f"T1 in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    if wanted("T1"):
        asyncio.run(measure(ground.stack()))
