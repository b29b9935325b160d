"""R2, small: one death at each named point of writing, relaying, consuming, posting, clocks and seals."""

import pytest

from tests.campaign.campaigns import exact
from tests.campaign.plan import Plan
from tests.campaign.points import POINTS
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(600)]


async def test_a_death_at_any_durable_step_loses_nothing_and_doubles_nothing(stage: Stage) -> None:
    plan = Plan(1, seed=2)
    report = await exact.run(stage, plan)
    assert report.findings == [], f"seed {plan.seed}: {report.document()}"
    assert report.figures["points"] == len(POINTS)
