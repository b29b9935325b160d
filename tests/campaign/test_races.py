"""R4, small: a volunteer's last place, a referral's moves, one key a hundred times across a kill."""

import pytest

from tests.campaign.campaigns import races
from tests.campaign.plan import Plan
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(600)]


async def test_of_many_who_want_what_one_may_have_one_gets_it(stage: Stage) -> None:
    plan = Plan(1000, seed=4)
    report = await races.run(stage, plan)
    assert report.findings == [], f"seed {plan.seed}: {report.document()}"
    assert report.done >= plan.count
    assert all(times >= 200 for times in report.figures["operations"].values()), report.figures
