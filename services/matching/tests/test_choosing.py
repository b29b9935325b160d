"""Choosing a volunteer: from the latest proposal, a reason where it is not the top, one place for one family."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.matching.tests.bodies import (
    TODAY,
    Family,
    Helper,
    good,
    match_body,
    refused,
)
from services.matching.tests.factories import Place

LEFT = {"reason_code": "volunteer_left"}


async def places(here: Place, helper: Helper) -> int:
    return int((await here.read(helper))["places_taken"])


async def request_of(here: Place, family: Family) -> dict[str, Any]:
    return good(await here.coordinator.get(f"/v1/match-requests/{family.request}"))


async def test_the_top_of_the_list_needs_no_reason_and_fills_the_request(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    await here.propose(family)
    body = match_body(family, helper, override_reason="Not needed, and so not kept.")
    match = good(await here.coordinator.post("/v1/matches", body))
    assert (match["status"], match["overridden"], match["volunteer_name"]) == ("proposed", False, "Amina Okoro")
    assert match["planned_until"] == (TODAY + timedelta(days=26 * 7 - 1)).isoformat()
    assert (await request_of(here, family))["status"] == "filled"
    assert await places(here, helper) == 1
    assert len(await here.events("match.proposed")) == 1


async def test_another_than_the_top_needs_a_reason_that_is_kept_sealed(here: Place) -> None:
    family = await here.family(outcode="SS1")
    await here.volunteer(outcode="SS1")
    second = await here.volunteer(outcode="SS17")
    await here.propose(family)
    refused(await here.coordinator.post("/v1/matches", match_body(family, second)), 409, "override-reason-needed")
    assert await places(here, second) == 0
    reason = "She has known their estate for years."
    match = good(await here.coordinator.post("/v1/matches", match_body(family, second, override_reason=reason)))
    assert (match["overridden"], match["override_reason"]) == (True, reason)
    rows = await here.as_worker("SELECT matches::text FROM matches WHERE id = $1", UUID(match["id"]))
    assert "estate" not in rows[0][0]


async def test_without_a_proposal_there_is_no_match(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    refused(await here.coordinator.post("/v1/matches", match_body(family, helper)), 409, "gate-proposal")


async def test_before_the_assessment_visit_there_is_no_match(here: Place) -> None:
    family, helper = await here.family(visited=False), await here.volunteer()
    refused(await here.coordinator.post("/v1/matches", match_body(family, helper)), 409, "gate-assessment-visit")


async def test_whoever_the_proposal_excludes_or_does_not_know_cannot_be_matched(here: Place) -> None:
    family = await here.family(requests={"volunteer_gender": "female"})
    man = await here.volunteer(gender="male")
    await here.propose(family)
    newcomer = await here.volunteer()
    body = match_body(family, man, override_reason="He is very kind.")
    refused(await here.coordinator.post("/v1/matches", body), 409, "volunteer-excluded")
    body = match_body(family, newcomer, override_reason="She is very kind.")
    refused(await here.coordinator.post("/v1/matches", body), 409, "proposal-out-of-date")


async def test_who_was_suspended_after_the_proposal_cannot_be_matched(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    await here.propose(family)
    path = f"/v1/volunteers/{helper.id}/suspend"
    good(await here.coordinator.post(path, {"reason_code": "allegation"}, match=helper.version))
    refused(await here.coordinator.post("/v1/matches", match_body(family, helper)), 409, "volunteer-not-ready")


async def test_a_filled_request_takes_no_second_match(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer(capacity=2)
    await here.proposed(family, helper)
    body = match_body(family, helper, override_reason="Twice as good.")
    refused(await here.coordinator.post("/v1/matches", body), 409, "request-not-open")


async def test_a_family_that_wants_two_volunteers_gets_two(here: Place) -> None:
    family = await here.family(requests={"volunteers": 2})
    first, second = await here.volunteer(), await here.volunteer()
    await here.proposed(family, first)
    assert (await request_of(here, family))["status"] == "open"
    await here.proposed(family, second)
    assert (await request_of(here, family))["status"] == "filled"


async def test_the_review_lies_within_the_match(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    await here.propose(family)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=26 * 7)):
        body = match_body(family, helper, review_on=day.isoformat())
        refused(await here.coordinator.post("/v1/matches", body), 422, "validation")


async def test_of_two_who_ask_at_the_same_moment_one_gets_the_place(here: Place) -> None:
    helper = await here.volunteer()
    families = [await here.family() for _ in range(4)]
    for family in families:
        await here.propose(family)
    answers = await asyncio.gather(
        *(here.coordinator.post("/v1/matches", match_body(family, helper)) for family in families)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    for answer in answers:
        assert answer.status_code == 201 or answer.json()["type"] == "/problems/capacity-reached"
    assert await places(here, helper) == 1
    live = await here.as_worker("SELECT count(*) FROM matches WHERE volunteer_id = $1", UUID(helper.id))
    assert live[0][0] == 1
    assert len(await here.events("match.proposed")) == 1


async def test_a_volunteer_with_two_places_gets_two_families_and_no_third(here: Place) -> None:
    helper = await here.volunteer(capacity=2)
    families = [await here.family() for _ in range(3)]
    for family in families:
        await here.propose(family)
    codes = [
        (await here.coordinator.post("/v1/matches", match_body(family, helper))).status_code for family in families
    ]
    assert codes == [201, 201, 409]
