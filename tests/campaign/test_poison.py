"""R10, small: events that cannot be handled."""

import pytest

from tests.campaign.campaigns import poisoned
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(600)]
# Many enough to hit some event on its way to a worker, few enough to leave most keys alone.
RATE = 0.08


def seen(report: Report, plan: Plan) -> str:
    return f"seed {plan.seed}: {report.document()}"


async def test_events_that_cannot_be_handled_hold_up_no_others_and_are_done_in_order_after_the_replay(
    stage: Stage,
) -> None:
    plan = Plan(40, seed=10)
    # How much slower others get is a figure of the campaign; here other tests want the same processors.
    report = await poisoned.run(stage, plan, RATE, most=10)
    assert report.findings == [], seen(report, plan)
