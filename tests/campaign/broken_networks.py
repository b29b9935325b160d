"""`python -m tests.campaign.broken_networks`: R7 and R5 on builds with a planted fault, which they have to find."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from deploy.local.state import SERVICES
from tests.campaign.campaigns import broker, networks
from tests.campaign.campaigns.networks import Fault
from tests.campaign.findings import Code, codes
from tests.campaign.plan import Plan, Report, new_seed
from tests.campaign.probe import LATEST_SECONDS
from tests.campaign.stage import Stage, opened, wired
from tests.campaign.start import PLANTED
from tests.campaign.wire import Weather
from tests.campaign.wiring import SERVICE

_RESETS: Final = Fault("reset", Weather(resets=0.3), 4.0)
_SILENCE: Final = Fault("silent", Weather(silent=True), LATEST_SECONDS + 1)


class Case(NamedTuple):
    """Where it is played, which processes are broken, what is played, how much of it, and what has to be found."""

    opened: Callable[[Path], AbstractAsyncContextManager[Stage]]
    parts: tuple[str, ...]
    play: Callable[[Stage, Plan], Awaitable[Report]]
    amount: int
    wanted: Code


_REPEATING: Final = partial(networks.run, faults=[_RESETS], links=[SERVICE])
_WAITING: Final = partial(networks.run, faults=[_SILENCE], links=[SERVICE])
# The faults are in `tests.planted.networks`.
CASES: Final[Mapping[str, Case]] = {
    "post-repeated": Case(wired, ("gateway",), _REPEATING, 1, Code.WRITE_DOUBLED),
    "gateway-patient": Case(wired, ("gateway",), _WAITING, 1, Code.UNCLEAN),
    "broker-needed": Case(opened, SERVICES, broker.run, 5, Code.REQUEST_FAILED),
}


async def _one(fault: str, case: Case) -> Report:
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        async with case.opened(Path(folder)) as stage:
            for part in case.parts:
                await stage.world.replace(part, **{PLANTED: fault})
            return await case.play(stage, Plan(case.amount, new_seed()))


def main() -> int:
    """0 when every fault was found."""
    missed = 0
    for fault in sys.argv[1:] or CASES:
        case = CASES[fault]
        report = asyncio.run(_one(fault, case))
        found = case.wanted in codes(report.findings)
        missed += not found
        sys.stdout.write(json.dumps({"fault": fault, "found": found, **report.document()}) + "\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
