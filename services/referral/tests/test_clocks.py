"""Clocks: the decision within a working day, the assessment within forty-five; each raised once."""

from datetime import UTC, datetime, timedelta

import pytest

from services.referral.tests.factories import BASELINE, RISK, Partnership, today
from shared.calendar import england

# A Thursday before Good Friday: due at the end of the Tuesday after Easter Monday.
RECEIVED = datetime(2026, 4, 2, 9, tzinfo=UTC)
DUE = datetime(2026, 4, 7, 23, tzinfo=UTC)


async def test_due_dates_are_kept_with_the_calendars_version(here: Partnership) -> None:
    case = await here.submitted(received_at=RECEIVED.isoformat())
    found = await here.reread(case)
    assert datetime.fromisoformat(found["decision_due"]) == DUE
    assert datetime.fromisoformat(found["assessment_due"]) == england().due(RECEIVED, 45)
    assert found["calendar_version"] == england().version
    (told,) = await here.told("referral.submitted")
    assert datetime.fromisoformat(told["decision_due"]) == DUE


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (datetime(2026, 3, 27, 9, tzinfo=UTC), datetime(2026, 3, 30, 23, tzinfo=UTC)),
        (datetime(2026, 10, 23, 9, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)),
        (datetime(2026, 6, 2, 23, 30, tzinfo=UTC), datetime(2026, 6, 4, 23, tzinfo=UTC)),
    ],
)
async def test_a_due_date_is_the_end_of_a_civil_day_over_both_clock_changes(
    here: Partnership, received: datetime, due: datetime
) -> None:
    case = await here.submitted(received_at=received.isoformat())
    assert datetime.fromisoformat((await here.reread(case))["decision_due"]) == due


async def test_an_overdue_decision_is_told_once(here: Partnership) -> None:
    await here.submitted(received_at=RECEIVED.isoformat())
    await here.let_time_pass(DUE - timedelta(minutes=1))
    assert await here.told("decision.overdue") == []
    await here.let_time_pass(DUE + timedelta(minutes=1))
    await here.let_time_pass(DUE + timedelta(days=9))
    (told,) = await here.told("decision.overdue")
    assert datetime.fromisoformat(told["due_at"]) == DUE


@pytest.mark.parametrize("step", ["accept", "decline", "signpost", "withdraw"])
async def test_a_decision_stops_its_clock(here: Partnership, step: str) -> None:
    received = datetime.now(UTC)
    case = await here.triaged(received_at=received.isoformat())
    await here.coordinator.post(f"{case.path}/risk-assessments", RISK)
    assert await here.clocks(case.id) == {"decision.overdue", "assessment.overdue"}
    await here.reread(case)
    await here.move(case, step, here.project_manager, None if step == "accept" else {"reason_code": "capacity"})
    assert await here.clocks(case.id) == ({"assessment.overdue"} if step == "accept" else set())
    await here.let_time_pass(received + timedelta(days=200))
    assert await here.told("decision.overdue") == []
    assert len(await here.told("assessment.overdue")) == (1 if step == "accept" else 0)


async def test_the_assessment_visit_stops_the_other_clock(here: Partnership) -> None:
    case = await here.accepted()
    body = {"visited_on": today().isoformat(), "risk": RISK, "baseline": BASELINE}
    assert (await here.coordinator.post(f"{case.path}/assessment-visit", body)).status_code == 201
    assert await here.clocks(case.id) == set()
    await here.let_time_pass(datetime.now(UTC) + timedelta(days=200))
    assert await here.told("assessment.overdue") == []
