"""A referral's course over HTTP."""

from services.referral.tests.factories import RISK, Partnership, problem


async def test_a_family_is_referred_triaged_assessed_and_accepted(here: Partnership) -> None:
    case = await here.triaged()
    refused = await here.project_manager.post(f"{case.path}/accept", match=case.version)
    assert refused.status_code == 409
    assert problem(refused.json()) == "gate-risk-assessment"
    assert (await here.coordinator.post(f"{case.path}/risk-assessments", RISK)).status_code == 201
    await here.reread(case)
    await here.move(case, "accept", here.project_manager)
    assert (await here.reread(case))["status"] == "accepted"
    assert await here.events() == [
        "case-access.changed",
        "family.registered",
        "case-access.changed",
        "referral.submitted",
        "referral.triaged",
        "risk-assessment.completed",
        "referral.accepted",
    ]
