"""R5 and R6, small: no broker, no database."""

import pytest

from tests.campaign.campaigns import broker, database
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(600)]


def seen(report: Report, plan: Plan) -> str:
    return f"seed {plan.seed}: {report.document()}"


async def test_while_the_broker_is_away_every_write_is_accepted_and_told_later_in_order(stage: Stage) -> None:
    plan = Plan(20, seed=5)
    report = await broker.run(stage, plan)
    assert report.findings == [], seen(report, plan)
    assert report.figures["backlog"] > 20


async def test_a_database_that_is_away_is_a_clean_refusal_and_nothing_is_lost(stage: Stage) -> None:
    plan = Plan(1, seed=6)
    report = await database.run(stage, plan)
    assert report.findings == [], seen(report, plan)
    assert all(503 in statuses for statuses in report.figures["statuses"].values()), report.figures
