"""R7, small: each link made bad in every way at once, then silent without an end."""

from collections.abc import AsyncIterator

import pytest

from tests.campaign.campaigns import networks
from tests.campaign.campaigns.networks import Fault
from tests.campaign.plan import Plan
from tests.campaign.stage import Stage, wired
from tests.campaign.wire import Weather
from tests.campaign.world import PROCESSES

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(600)]
# Shorter than in earnest, so that a silence need not last long; the promised times stay what they are. A gateway waits
# as long as it may: what is only late, on a slow machine too, is no reason for a refusal.
IMPATIENT = {"CIRCLE_STATEMENT_SECONDS": "2", "CIRCLE_ANSWER_SECONDS": "8", "CIRCLE_WEBHOOK_TIMEOUT_SECONDS": "2"}
FAULTS = (
    Fault("all at once", Weather(latency=0.01, jitter=0.03, piece=7, rate=200_000, resets=0.1), 1.0),
    Fault("silent", Weather(silent=True), 4.0),
)


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with wired(tmp_path_factory.mktemp("networks"), overrides=dict.fromkeys(PROCESSES, IMPATIENT)) as running:
        yield running


async def test_whatever_the_network_does_nothing_is_lost_or_doubled_and_nobody_waits_for_long(stage: Stage) -> None:
    plan = Plan(1, seed=7)
    report = await networks.run(stage, plan, FAULTS)
    assert report.findings == [], f"seed {plan.seed}: {report.document()}"
    assert report.figures["flows"] > 0
