"""The campaigns, each `async (Stage, Plan) -> Report`, by their number in the table of promises."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.campaign.campaigns import kills
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Stage


@dataclass(frozen=True, slots=True)
class Campaign:
    """`whole` is how much a full run does, in the campaign's own unit."""

    run: Callable[[Stage, Plan], Awaitable[Report]]
    whole: int
    unit: str


CAMPAIGNS: Final[Mapping[str, Campaign]] = {
    "R1": Campaign(kills.run, 1000, "kills"),
}
