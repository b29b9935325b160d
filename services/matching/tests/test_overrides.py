"""Whom a family does not want, and what a person may decide against a proposal's exclusions."""

from typing import Any

import pytest

from services.matching.tests.bodies import Family, Helper, days_ago, good, match_body, refused
from services.matching.tests.factories import Place
from shared.ids import new_id

MON = {"weekday": "mon", "part": "morning"}
SUN = {"weekday": "sun", "part": "evening"}
WHY = "Both know about it and want it so."


def refusals(family: Family) -> str:
    return f"/v1/match-requests/{family.request}/refused-volunteers"


def body(helper: Helper) -> dict[str, str]:
    return {"volunteer": helper.id, "reason_code": "did_not_get_on"}


async def first_of(here: Place, family: Family) -> dict[str, Any]:
    found: dict[str, Any] = (await here.propose(family))["candidates"][0]
    return found


async def test_whom_the_family_does_not_want_is_excluded_until_it_takes_that_back(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    noted = good(await here.coordinator.post(refusals(family), body(helper)))
    assert (await first_of(here, family))["excluded_by"] == ["refused-by-family"]
    refused(await here.coordinator.post(refusals(family), body(helper)), 409, "already-noted")
    lifted = good(await here.coordinator.post(f"{refusals(family)}/{noted['id']}/lift"))
    assert lifted["lifted_at"] is not None
    assert (await first_of(here, family))["place"] == 1
    refused(await here.coordinator.post(f"{refusals(family)}/{noted['id']}/lift"), 409, "already-lifted")
    good(await here.coordinator.post(refusals(family), body(helper)))
    listed = (await here.coordinator.get(refusals(family))).json()
    assert [one["lifted_at"] is None for one in listed] == [False, True]
    assert good(await here.coordinator.get(f"{refusals(family)}/{noted['id']}")) == listed[0]


async def test_a_refusal_after_the_proposal_counts_and_no_reason_helps(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    await here.propose(family)
    good(await here.coordinator.post(refusals(family), body(helper)))
    match = match_body(family, helper, override_reason=WHY)
    problem = refused(await here.project_manager.post("/v1/matches", match), 409, "volunteer-excluded")
    assert (problem["excluded_by"], problem["overridable"]) == (["refused-by-family"], False)


async def test_another_family_does_not_see_whom_this_one_refused(here: Place) -> None:
    family, other, helper = await here.family(), await here.family(), await here.volunteer()
    noted = good(await here.coordinator.post(refusals(family), body(helper)))
    refused(await here.coordinator.get(f"{refusals(other)}/{noted['id']}"), 404, "not-found")
    refused(await here.coordinator.post(f"{refusals(other)}/{noted['id']}/lift"), 404, "not-found")
    unknown = body(helper) | {"volunteer": str(new_id())}
    refused(await here.coordinator.post(refusals(family), unknown), 404, "not-found")
    assert (await first_of(here, other))["place"] == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([SUN], "no-common-availability"),
        ([], "availability-not-given"),
    ],
)
async def test_a_project_manager_passes_over_good_practice_with_a_reason(
    here: Place, given: list[dict[str, str]], code: str
) -> None:
    family = await here.family(requests={"availability": [MON]})
    helper = await here.volunteer(availability=given)
    missed = (await here.propose(family))["near_misses"][0]
    assert [(one["code"], one["overridable"], one["missing"]) for one in missed["constraints"]] == [
        (code, True, ["mon-morning"])
    ]
    match = match_body(family, helper, override_reason=WHY)
    problem = refused(await here.coordinator.post("/v1/matches", match), 409, "volunteer-excluded")
    assert (problem["excluded_by"], problem["overridable"]) == ([code], True)
    refused(await here.project_manager.post("/v1/matches", match_body(family, helper)), 409, "volunteer-excluded")
    made = good(await here.project_manager.post("/v1/matches", match))
    assert (made["passed_over"], made["overridden"], made["override_reason"]) == ([code], True, WHY)


async def test_nobody_passes_over_the_law_not_even_beside_good_practice(here: Place) -> None:
    family = await here.family(requests={"availability": [MON]})
    helper = await here.volunteer(availability=[SUN], issued=365 * 3 - 20)
    found = await first_of(here, family)
    assert found["excluded_by"] == ["clearance-ends-too-early", "no-common-availability"]
    match = match_body(family, helper, override_reason=WHY)
    problem = refused(await here.project_manager.post("/v1/matches", match), 409, "volunteer-excluded")
    assert problem["overridable"] is False


async def test_a_match_planned_for_longer_than_the_clearance_is_refused_and_a_short_one_is_not(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer(issued=365 * 3 - 60)
    path = f"/v1/match-requests/{family.request}/proposals"
    short = good(await here.coordinator.post(f"{path}?weeks=4"))
    assert short["candidates"][0]["place"] == 1
    refused(await here.coordinator.post("/v1/matches", match_body(family, helper)), 409, "gate-clearance")
    match = match_body(family, helper, planned_length_weeks=4, review_on=days_ago(-14))
    assert good(await here.coordinator.post("/v1/matches", match))["passed_over"] == []
    refused(await here.coordinator.post(f"{path}?weeks=0"), 422, "validation")


async def test_an_empty_pool_is_an_empty_answer_with_what_to_ask_the_family(here: Place) -> None:
    family = await here.family(outcode=None)
    found = await here.propose(family)
    assert (found["candidates"], found["near_misses"]) == ([], [])
    assert found["asks"] == ["availability-not-given", "outcode-not-given"]


async def test_visits_a_week_are_a_volunteers_to_all_families_together(here: Place) -> None:
    families = [await here.family(requests={"visits_a_week": 2}) for _ in range(3)]
    helper = await here.volunteer(capacity=3, visits_a_week=3)
    match = await here.proposed(families[0], helper)
    parts = {part["factor"]: part for part in (await first_of(here, families[1]))["contributions"]}
    assert parts["visits_a_week"]["why"] == "1-of-2"
    await here.proposed(families[1], helper)
    assert (await first_of(here, families[2]))["excluded_by"] == ["visits-a-week-reached"]
    good(await here.move(match, "cancel", {"reason_code": "mistake"}))
    parts = {part["factor"]: part for part in (await first_of(here, families[2]))["contributions"]}
    assert parts["visits_a_week"]["why"] == "2-of-2"


async def test_who_was_with_the_family_before_is_known_by_the_next_proposal(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    good(await here.move(match, "end", {"reason_code": "completed"}))
    parts = {part["factor"]: part for part in (await first_of(here, family))["contributions"]}
    assert parts["continuity"]["why"] == "was-with-the-family"
