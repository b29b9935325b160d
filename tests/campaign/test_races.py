"""R4, small: a thousand requests that race with others."""

import pytest

from tests.campaign.campaigns import races
from tests.campaign.plan import Plan, new_seed
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(300)]


async def test_of_many_who_want_the_same_one_gets_it_and_a_repeated_key_has_one_effect(stage: Stage) -> None:
    plan = Plan(1000, new_seed())
    report = await races.run(stage, plan)
    assert report.findings == [], f"seed {plan.seed}: {report.document()}"
    assert report.done >= 1000
