"""R5, R6 and R11, small: no broker, no database, a rolling restart; and each finds the fault that it is there for."""

import pytest

from tests.campaign.campaigns import broker, database, rolling
from tests.campaign.findings import Code, codes
from tests.campaign.plan import Plan, Report, new_seed
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(300)]


def seen(report: Report, plan: Plan) -> str:
    return f"seed {plan.seed}: {report.document()}"


async def test_while_the_broker_is_away_every_write_is_accepted_and_told_later_in_order(stage: Stage) -> None:
    plan = Plan(20, new_seed())
    report = await broker.run(stage, plan)
    assert report.findings == [], seen(report, plan)
    assert report.figures["backlog"] > 20


async def test_a_database_that_is_away_is_a_clean_refusal_and_nothing_is_lost(stage: Stage) -> None:
    plan = Plan(1, new_seed())
    report = await database.run(stage, plan)
    assert report.findings == [], seen(report, plan)
    assert all(503 in statuses for statuses in report.figures["statuses"].values()), report.figures


async def test_a_rolling_restart_turns_nobody_away(stage: Stage) -> None:
    plan = Plan(1, new_seed())
    report = await rolling.run(stage, plan)
    assert report.findings == [], seen(report, plan)
    assert report.figures["flows"] > 0


async def test_a_drain_that_breaks_off_connections_is_found(stage: Stage) -> None:
    plan = Plan(2, new_seed())
    report = await rolling.run(stage, plan, {"CAMPAIGN_PLANTED": "drain-drops"})
    assert Code.REQUEST_FAILED in codes(report.findings), seen(report, plan)


async def test_a_database_that_is_away_told_as_a_defect_is_found(stage: Stage) -> None:
    plan = Plan(1, new_seed())
    await stage.world.replace("training", CAMPAIGN_PLANTED="bare-500")
    report = await database.run(stage, plan)
    await stage.world.replace("training")
    assert Code.UNCLEAN in codes(report.findings), seen(report, plan)
