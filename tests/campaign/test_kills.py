"""R1, small: thirty kills at random moments under load, and nothing is lost, doubled or out of order."""

import pytest

from tests.campaign.campaigns import kills
from tests.campaign.plan import Plan
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign]


@pytest.mark.timeout(600)
async def test_thirty_kills_lose_nothing_and_double_nothing(stage: Stage) -> None:
    # How soon a process is back is a figure of the campaign; here other tests want the same processors.
    plan = Plan(30, seed=1, useful_within=60)
    report = await kills.run(stage, plan)
    assert report.done == 30
    assert report.findings == [], f"seed {plan.seed}: {report.document()}"
