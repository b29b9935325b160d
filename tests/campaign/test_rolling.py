"""R11, small: every process is replaced once under load."""

import pytest

from tests.campaign.campaigns import rolling
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(600)]


def seen(report: Report, plan: Plan) -> str:
    return f"seed {plan.seed}: {report.document()}"


async def test_a_rolling_restart_turns_nobody_away(stage: Stage) -> None:
    plan = Plan(1, seed=11)
    report = await rolling.run(stage, plan)
    assert report.findings == [], seen(report, plan)
    assert report.figures["flows"] > 0
