"""The campaigns, each `async (Stage, Plan) -> Report`, by their number in the table of promises."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.campaign import stage
from tests.campaign.campaigns import (
    broker,
    database,
    exact,
    kills,
    networks,
    poisoned,
    races,
    restored,
    rolling,
    wrong_clocks,
)
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Stage


@dataclass(frozen=True, slots=True)
class Campaign:
    """`whole` is how much a full run does, in the campaign's own unit; `opened` makes its stage."""

    run: Callable[[Stage, Plan], Awaitable[Report]]
    whole: int
    unit: str
    opened: Callable[[Path], AbstractAsyncContextManager[Stage]] = stage.opened


CAMPAIGNS: Final[Mapping[str, Campaign]] = {
    "R1": Campaign(kills.run, 1000, "kills"),
    "R2": Campaign(exact.run, 25, "deaths at each point"),
    "R4": Campaign(races.run, 100_000, "operations"),
    "R5": Campaign(broker.run, 600, "seconds without a broker"),
    "R6": Campaign(database.run, 20, "rounds of each kind"),
    "R7": Campaign(networks.run, 3, "rounds over every link and fault", stage.wired),
    "R8": Campaign(wrong_clocks.run, 3, "rounds over every process and error", wrong_clocks.opened),
    "R10": Campaign(poisoned.run, 1000, "flows in health, and as many with poison"),
    "R11": Campaign(rolling.run, 20, "rounds over every process"),
    "R12": Campaign(restored.run, 20, "losses of everything, each restored"),
}
