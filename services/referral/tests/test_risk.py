"""Risk assessments, changes of risk and the assessment visit over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.referral.tests.factories import BASELINE, RISK, Partnership, problem, today, tomorrow

VISIT = {"visited_on": today().isoformat(), "risk": RISK, "baseline": BASELINE, "notes": "A tidy flat."}


async def test_an_assessment_is_kept_sealed_and_listed(here: Partnership) -> None:
    case = await here.triaged()
    await here.coordinator.post(f"{case.path}/risk-assessments", RISK)
    await here.coordinator.post(f"{case.path}/risk-assessments", RISK | {"level": "high"})
    listed = (await here.project_manager.get(f"{case.path}/risk-assessments")).json()
    assert [(one["part"], one["level"], one["mitigations"]) for one in listed] == [
        ("papers", "low", "Ring before the visit."),
        ("papers", "high", "Ring before the visit."),
    ]
    assert (await here.reread(case))["risk_level"] == "high"
    assert [told["level"] for told in await here.told("risk-assessment.completed")] == ["low", "high"]


async def test_a_draft_cannot_be_assessed(here: Partnership) -> None:
    case = await here.draft()
    assert (await here.coordinator.post(f"{case.path}/risk-assessments", RISK)).status_code == 404
    withdrawn = await here.submitted()
    await here.move(withdrawn, "withdraw", here.system, {"reason_code": "mistake"})
    refused = await here.coordinator.post(f"{withdrawn.path}/risk-assessments", RISK)
    assert (refused.status_code, problem(refused.json())) == (409, "illegal-move")


async def test_a_change_of_risk_shuts_the_gate_until_it_is_assessed_again(here: Partnership) -> None:
    case = await here.triaged()
    await here.coordinator.post(f"{case.path}/risk-assessments", RISK)
    change = {"reasons": ["new_partner_in_household"], "description": "An uncle has moved in."}
    changed = await here.social_worker.post(f"{case.path}/risk-changes", change)
    assert changed.status_code == 201, changed.text
    await here.reread(case)
    refused = await here.project_manager.post(f"{case.path}/accept", match=case.version)
    assert problem(refused.json()) == "gate-risk-assessment"
    (told,) = await here.told("risk.changed")
    assert told["risk_change"] == changed.json()["id"]
    assert "uncle" not in str(told)
    await here.coordinator.post(f"{case.path}/risk-assessments", RISK)
    await here.reread(case)
    await here.move(case, "accept", here.project_manager)
    listed = (await here.project_manager.get(f"{case.path}/risk-changes")).json()
    assert listed[0]["reasons"] == ["new_partner_in_household"]


async def test_the_visit_completes_the_assessment_and_takes_the_baseline(here: Partnership) -> None:
    case = await here.accepted()
    answer = await here.coordinator.post(f"{case.path}/assessment-visit", VISIT)
    assert answer.status_code == 201, answer.text
    assert (await here.events())[-2:] == ["risk-assessment.completed", "assessment-visit.recorded"]
    for caller in (here.worker, here.project_manager, here.social_worker):
        shown = (await caller.get(f"{case.path}/assessment-visit")).json()
        assert shown["baseline"] == BASELINE
        assert shown["notes"] == "A tidy flat."
        assert shown["conducted_by"] == str(here.coordinator_person)
    parts = [one["part"] for one in (await here.coordinator.get(f"{case.path}/risk-assessments")).json()]
    assert parts == ["papers", "home"]
    assert (await here.reread(case))["assessment_visit_on"] == today().isoformat()


async def test_there_is_no_visit_before_the_acceptance_and_no_second_one(here: Partnership) -> None:
    case = await here.triaged()
    early = await here.coordinator.post(f"{case.path}/assessment-visit", VISIT)
    assert (early.status_code, problem(early.json())) == (409, "illegal-move")
    assert early.json()["from"] == "under_triage"
    assert (await here.worker.get(f"{case.path}/assessment-visit")).status_code == 404
    accepted = await here.accepted()
    assert (await here.coordinator.post(f"{accepted.path}/assessment-visit", VISIT)).status_code == 201
    again = await here.coordinator.post(f"{accepted.path}/assessment-visit", VISIT)
    assert (again.status_code, problem(again.json())) == (409, "already-recorded")
    assert (await here.events()).count("assessment-visit.recorded") == 1


async def test_two_who_record_the_visit_at_the_same_moment_record_it_once(here: Partnership) -> None:
    case = await here.accepted()
    answers = await asyncio.gather(*[here.coordinator.post(f"{case.path}/assessment-visit", VISIT) for _ in range(3)])
    assert sorted(one.status_code for one in answers) == [201, 409, 409]
    assert (await here.events()).count("assessment-visit.recorded") == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"visited_on": tomorrow().isoformat()}, "/visited_on"),
        ({"visited_on": (today() - timedelta(days=400)).isoformat()}, "/visited_on"),
        ({"baseline": BASELINE | {"areas": {"safety": 11}}}, "/baseline/areas/safety"),
        ({"baseline": BASELINE | {"areas": {}}}, "/baseline/areas"),
        ({"risk": RISK | {"level": "dreadful"}}, "/risk/level"),
    ],
)
async def test_a_malformed_visit_is_refused(here: Partnership, change: dict[str, Any], pointer: str) -> None:
    case = await here.accepted()
    answer = await here.coordinator.post(f"{case.path}/assessment-visit", VISIT | change)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
