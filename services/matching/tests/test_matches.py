"""Introduction, start, pause: the gates, and every step from every state."""

from typing import Any
from uuid import UUID

import pytest

from services.matching.domain.matches import MatchStatus
from services.matching.tests.bodies import TODAY, Family, Helper, days_ago, good, plan_agreed, refused
from services.matching.tests.factories import Place
from shared.events import referral as told
from shared.ids import new_id

LEFT = {"reason_code": "volunteer_left"}


async def places(here: Place, helper: Helper) -> int:
    return int((await here.read(helper))["places_taken"])


async def request_of(here: Place, family: Family) -> dict[str, Any]:
    return good(await here.coordinator.get(f"/v1/match-requests/{family.request}"))


async def test_no_start_before_the_involvement_plan_is_agreed(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.introduced(family, helper)
    answer = await here.move(match, "start", {})
    problem = refused(answer, 409, "gate-involvement-plan")
    assert problem["waiting_for"] == [told.InvolvementPlanAgreed.TYPE]
    await here.tell(plan_agreed(family, helper))
    started = good(await here.move(match, "start", {}))
    assert (started["status"], started["started_on"]) == ("active", TODAY.isoformat())
    assert len(await here.events("match.started")) == 1


async def test_a_plan_that_was_agreed_before_the_match_counts(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    await here.tell(plan_agreed(family, helper))
    match = await here.introduced(family, helper)
    good(await here.move(match, "start", {}))


async def test_a_volunteer_who_comes_later_signs_the_plan_in_force_before_they_start(here: Place) -> None:
    family, former, helper = await here.family(), await here.volunteer(), await here.volunteer()
    plan: dict[str, Any] = {"involvement_plan": new_id(), "tasks": (new_id(),)}
    await here.tell(plan_agreed(family, former, **plan))
    match = await here.introduced(family, helper)
    refused(await here.move(match, "start", {}), 409, "gate-involvement-plan")
    await here.tell(plan_agreed(family, helper, **plan))
    assert good(await here.move(match, "start", {}))["tasks"] == [str(task) for task in plan["tasks"]]


async def test_a_version_that_the_volunteer_has_not_signed_is_not_theirs(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    await here.tell(plan_agreed(family, helper))
    await here.tell(plan_agreed(family, version_number=2))
    refused(await here.move(await here.introduced(family, helper), "start", {}), 409, "gate-involvement-plan")


async def test_an_introduction_lies_after_the_assessment_visit_and_not_in_the_future(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.agreed(family, helper)
    for day in (days_ago(4), days_ago(-1)):
        refused(await here.move(match, "introduce", {"met_on": day, "led_by": str(new_id())}), 422, "validation")
    shown = good(await here.move(match, "introduce", {"met_on": days_ago(2), "led_by": str(here.led_by)}))
    assert (shown["introduced_on"], shown["introduction_led_by"]) == (days_ago(2), str(here.led_by))
    await here.tell(plan_agreed(family, helper))
    refused(await here.move(match, "start", {"started_on": days_ago(3)}), 422, "validation")


async def test_no_introduction_with_a_clearance_that_ran_out(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.agreed(family, helper)
    await here.as_worker("UPDATE volunteers SET clearance_expires_on = $1 WHERE id = $2", TODAY, UUID(helper.id))
    answer = await here.move(match, "introduce", {"met_on": days_ago(1), "led_by": str(new_id())})
    assert refused(answer, 409, "gate-clearance")["missing"] == ["disclosure"]


async def test_no_start_while_a_change_of_risk_is_not_assessed(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.introduced(family, helper)
    await here.tell(plan_agreed(family, helper))
    await here.tell(told.RiskChanged(family=family.id, referral=family.referral, risk_change=new_id()))
    refused(await here.move(match, "start", {}), 409, "risk-not-assessed")


STEPS = {
    "introduce": {"met_on": days_ago(2), "led_by": str(new_id())},
    "start": {},
    "pause": {"reason_code": "family_asked"},
    "resume": None,
    "end": {"reason_code": "completed"},
    "cancel": {"reason_code": "mistake"},
}
POSSIBLE = {
    "proposed": {"cancel"},
    "agreed": {"introduce", "cancel"},
    "introduced": {"start", "end"},
    "active": {"pause", "end"},
    "paused": {"resume", "end"},
    "ending": {"end"},
    "ended": set[str](),
    "cancelled": set[str](),
}


async def brought_to(here: Place, status: MatchStatus) -> str:
    """A match in that state."""
    family, helper = await here.family(), await here.volunteer()
    await here.tell(plan_agreed(family, helper))
    way = {
        MatchStatus.PROPOSED: here.proposed,
        MatchStatus.AGREED: here.agreed,
        MatchStatus.INTRODUCED: here.introduced,
        MatchStatus.CANCELLED: here.proposed,
    }
    match = await way.get(status, here.active)(family, helper)
    if status is MatchStatus.CANCELLED:
        good(await here.move(match, "cancel", STEPS["cancel"]))
    elif status is MatchStatus.PAUSED:
        good(await here.move(match, "pause", STEPS["pause"]))
    elif status is MatchStatus.ENDING:
        await here.tell(told.ReferralEnding(family=family.id, referral=family.referral))
    elif status is MatchStatus.ENDED:
        good(await here.move(match, "end", STEPS["end"]))
    assert (await here.match_of(match))["status"] == status
    return match


@pytest.mark.parametrize("status", list(MatchStatus))
async def test_from_each_state_only_the_steps_of_the_lifecycle_are_possible(here: Place, status: MatchStatus) -> None:
    match = await brought_to(here, status)
    for step in STEPS.keys() - POSSIBLE[status]:
        problem = refused(await here.move(match, step, STEPS[step]), 409, "illegal-move")
        assert problem["from"] == status
    assert (await here.match_of(match))["status"] == status


async def test_a_match_rests_and_goes_on(here: Place) -> None:
    match = await brought_to(here, MatchStatus.ACTIVE)
    paused = good(await here.move(match, "pause", {"reason_code": "safety", "paused_on": days_ago(0)}))
    assert (paused["status"], paused["reason_code"]) == ("paused", "safety")
    resumed = good(await here.move(match, "resume"))
    assert (resumed["status"], resumed["reason_code"]) == ("active", None)
    assert len(await here.events("match.paused")) == len(await here.events("match.resumed")) == 1
