"""R12, small: everything is lost at once and comes back."""

import pytest

from tests.campaign.campaigns import restored
from tests.campaign.plan import Plan
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(600)]


async def test_after_a_restore_nothing_acknowledged_is_lost_and_nothing_erased_is_back(stage: Stage) -> None:
    plan = Plan(1, seed=12)
    report = await restored.run(stage, plan)
    assert report.findings == [], f"seed {plan.seed}: {report.document()}"
    assert report.figures["erased"] == 2
