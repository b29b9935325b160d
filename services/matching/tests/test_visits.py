"""Visits over HTTP: planned under an active match, closed once, blocked while a risk is not assessed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.matching.tests.bodies import Family, good, refused, visit_body
from services.matching.tests.factories import Place
from shared.events import referral as told
from shared.ids import new_id


async def matched(here: Place, **plan: Any) -> tuple[Family, str]:
    family, helper = await here.family(), await here.volunteer()
    return family, await here.active(family, helper, **plan)


async def test_a_volunteer_plans_a_visit_and_says_that_it_happened(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    volunteer = here.as_volunteer(helper)
    visit = await here.visit(match, 5, caller=volunteer)
    assert visit["status"] == "planned"
    path = f"/v1/matches/{match}/visits/{visit['id']}"
    closed = good(await volunteer.post(f"{path}/outcome", {"outcome": "happened"}, match=visit["version"]))
    assert (closed["status"], closed["happened_until"]) == ("happened", visit["ends_at"])
    assert good(await volunteer.get(path)) == closed
    assert [one["id"] for one in (await volunteer.get(f"/v1/matches/{match}/visits")).json()["items"]] == [visit["id"]]
    assert len(await here.events("visit.planned")) == len(await here.events("visit.closed")) == 1


async def test_a_record_falls_due_48_hours_after_the_visit_really_ended(here: Place) -> None:
    _, match = await matched(here)
    visit = await here.visit(match, 5)
    ends = datetime.fromisoformat(visit["ends_at"])
    assert datetime.fromisoformat(visit["contact_due_at"]) == ends + timedelta(hours=48)
    real = datetime.now(UTC) - timedelta(hours=1)
    body = {
        "outcome": "happened",
        "happened_from": (real - timedelta(hours=1)).isoformat(),
        "happened_until": real.isoformat(),
    }
    path = f"/v1/matches/{match}/visits/{visit['id']}/outcome"
    closed = good(await here.coordinator.post(path, body, match=visit["version"]))
    assert datetime.fromisoformat(closed["contact_due_at"]) == real + timedelta(hours=48)


@pytest.mark.parametrize("outcome", ["cancelled_by_family", "cancelled_by_volunteer", "no_access", "refused"])
async def test_of_a_visit_that_did_not_happen_no_record_is_due(here: Place, outcome: str) -> None:
    _, match = await matched(here)
    visit = await here.closed(match, outcome)
    assert (visit["status"], visit["contact_due_at"]) == (outcome, None)
    path = f"/v1/matches/{match}/visits/{visit['id']}/outcome"
    again = await here.coordinator.post(path, {"outcome": "happened"}, match=visit["version"])
    assert refused(again, 409, "illegal-move")["from"] == outcome


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "planned"},
        {"outcome": "no_access", "happened_from": "2026-01-01T10:00:00Z", "happened_until": "2026-01-01T11:00:00Z"},
        {"outcome": "happened", "happened_from": "2026-01-01T10:00:00Z"},
        {"outcome": "happened", "happened_from": "2026-01-01T11:00:00Z", "happened_until": "2026-01-01T10:00:00Z"},
    ],
)
async def test_an_outcome_that_makes_no_sense_is_malformed(here: Place, body: dict[str, str]) -> None:
    _, match = await matched(here)
    visit = await here.visit(match)
    path = f"/v1/matches/{match}/visits/{visit['id']}/outcome"
    refused(await here.coordinator.post(path, body, match=visit["version"]), 422, "validation")


async def test_a_visit_of_tomorrow_has_not_happened(here: Place) -> None:
    _, match = await matched(here)
    visit = await here.visit(match, -24)
    path = f"/v1/matches/{match}/visits/{visit['id']}/outcome"
    refused(await here.coordinator.post(path, {"outcome": "happened"}, match=visit["version"]), 422, "validation")


async def test_a_visit_ends_after_it_begins_and_within_a_day(here: Place) -> None:
    _, match = await matched(here)
    for long in (0, -1, 25):
        answer = await here.coordinator.post(f"/v1/matches/{match}/visits", visit_body(3, long))
        refused(answer, 422, "validation")


async def test_visits_need_a_match_that_is_active(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.introduced(family, helper)
    answer = await here.coordinator.post(f"/v1/matches/{match}/visits", visit_body(3))
    assert refused(answer, 409, "illegal-move")["from"] == "introduced"


async def test_between_a_change_of_risk_and_its_assessment_no_visit_is_planned(here: Place) -> None:
    family, match = await matched(here)
    path = f"/v1/matches/{match}/visits"
    ids = {"family": family.id, "referral": family.referral}
    await here.tell(told.RiskChanged(**ids, risk_change=new_id()))
    problem = refused(await here.coordinator.post(path, visit_body(-24)), 409, "risk-not-assessed")
    assert problem["waiting_for"] == [told.RiskAssessmentCompleted.TYPE]
    await here.tell(told.RiskAssessmentCompleted(**ids, risk_assessment=new_id(), level="low"))
    good(await here.coordinator.post(path, visit_body(-24)))


async def test_no_visit_is_planned_for_a_day_on_which_the_clearance_has_run_out(here: Place) -> None:
    here.weeks = 1
    family, helper = await here.family(), await here.volunteer(issued=365 * 3 - 10)
    match = await here.active(family, helper)
    path = f"/v1/matches/{match}/visits"
    good(await here.coordinator.post(path, visit_body(-24)))
    refused(await here.coordinator.post(path, visit_body(-24 * 30)), 409, "gate-clearance")


async def test_the_visit_of_another_match_is_not_found(here: Place) -> None:
    _, match = await matched(here)
    _, other = await matched(here)
    visit = await here.visit(match)
    refused(await here.coordinator.get(f"/v1/matches/{other}/visits/{visit['id']}"), 404, "not-found")
    path = f"/v1/matches/{other}/visits/{visit['id']}/outcome"
    refused(await here.coordinator.post(path, {"outcome": "happened"}, match=1), 404, "not-found")
