"""How matches end: by people, by the end of their referral, by a volunteer who leaves or is suspended."""

from typing import Any
from uuid import UUID

import pytest

from services.matching.domain.matches import MatchStatus
from services.matching.tests.bodies import Family, Helper, days_ago, good, match_body, refused
from services.matching.tests.factories import Place
from shared.events import referral as told
from shared.events.matching import VolunteerLeft, VolunteerSuspended

LEFT = {"reason_code": "volunteer_left"}


async def places(here: Place, helper: Helper) -> int:
    return int((await here.read(helper))["places_taken"])


async def request_of(here: Place, family: Family) -> dict[str, Any]:
    return good(await here.coordinator.get(f"/v1/match-requests/{family.request}"))


async def test_when_a_volunteer_leaves_the_request_opens_again_with_the_time_it_has_waited(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    waiting_since = (await request_of(here, family))["waiting_since"]
    match = await here.active(family, helper)
    ended = good(await here.move(match, "end", LEFT | {"ended_on": days_ago(0)}))
    assert (ended["status"], ended["reason_code"], ended["ended_on"]) == ("ended", "volunteer_left", days_ago(0))
    shown = await request_of(here, family)
    assert (shown["status"], shown["waiting_since"]) == ("open", waiting_since)
    assert (await here.read(helper))["status"] == "available"
    assert len(await here.events("match-request.reopened")) == 1
    history = (await here.coordinator.get(f"/v1/matches/{match}/history")).json()
    assert [row["to_status"] for row in history] == [
        "proposed", "agreed", "introduced", "active", "ending", "ended",
    ]  # fmt: skip


async def test_the_same_two_can_be_matched_again_later(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    good(await here.move(match, "end", {"reason_code": "completed"}))
    assert await here.active(family, helper) != match


@pytest.mark.parametrize("status", [MatchStatus.PROPOSED, MatchStatus.AGREED])
async def test_the_end_of_a_referral_cancels_what_was_not_introduced(here: Place, status: MatchStatus) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await (here.proposed if status is MatchStatus.PROPOSED else here.agreed)(family, helper)
    await here.tell(told.ReferralWithdrawn(family=family.id, referral=family.referral, reason_code="moved"))
    assert (await here.match_of(match))["status"] == "cancelled"
    assert await places(here, helper) == 0
    assert (await request_of(here, family))["status"] == "closed"
    assert await here.events("match-request.reopened") == []


async def test_the_end_of_a_referral_ends_an_active_match_and_frees_its_place(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    await here.tell(told.ReferralConcluded(family=family.id, referral=family.referral, reason_code="completed"))
    assert (await here.match_of(match))["status"] == "ended"
    assert await places(here, helper) == 0
    assert await here.events("match-request.reopened") == []


async def test_the_ending_of_a_referral_leaves_time_to_say_goodbye(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    await here.tell(told.ReferralEnding(family=family.id, referral=family.referral))
    assert (await here.match_of(match))["status"] == "ending"
    good(await here.as_volunteer(helper).get(f"/v1/matches/{match}"))
    good(await here.move(match, "end", {"reason_code": "completed"}))
    assert (await request_of(here, family))["status"] == "closed"
    assert await here.events("match-request.reopened") == []


async def test_a_match_at_rest_stays_hidden_when_its_referral_is_ending(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    good(await here.move(match, "pause", {"reason_code": "safety"}))
    await here.tell(told.ReferralEnding(family=family.id, referral=family.referral))
    refused(await here.as_volunteer(helper).get(f"/v1/matches/{match}"), 404, "not-found")
    assert good(await here.move(match, "resume"))["status"] == "ending"


async def test_a_volunteer_who_leaves_takes_nothing_with_them(here: Place) -> None:
    helper = await here.volunteer(capacity=2)
    first, second = await here.family(), await here.family()
    active, proposed = await here.active(first, helper), await here.proposed(second, helper)
    version = (await here.read(helper))["version"]
    path = f"/v1/volunteers/{helper.id}/leave"
    good(await here.coordinator.post(path, {"reason_code": "moved"}, match=version))
    assert (await here.match_of(active))["status"] == "ended"
    assert (await here.match_of(proposed))["status"] == "cancelled"
    assert (await here.read(helper))["places_taken"] == 0


async def test_suspension_pauses_also_a_match_that_nobody_at_hand_may_see(here: Place) -> None:
    helper = await here.volunteer()
    family = await here.family()
    match = await here.active(family, helper)
    await here.give_access(family, 2, la_only=True)
    version = (await here.read(helper))["version"]
    path = f"/v1/volunteers/{helper.id}/suspend"
    good(await here.coordinator.post(path, {"reason_code": "allegation"}, match=version))
    await here.tell(VolunteerSuspended(volunteer=UUID(helper.id)))
    rows = await here.as_worker("SELECT status FROM matches WHERE id = $1", UUID(match))
    assert rows == [("paused",)]


async def test_leaving_ends_also_a_match_that_nobody_at_hand_may_see(here: Place) -> None:
    helper, family = await here.volunteer(), await here.family()
    match = await here.active(family, helper)
    await here.give_access(family, 2, la_only=True)
    await here.tell(VolunteerLeft(volunteer=UUID(helper.id)))
    rows = await here.as_worker("SELECT status FROM matches WHERE id = $1", UUID(match))
    assert rows == [("ended",)]


async def test_capacity_counts_also_matches_that_the_coordinator_cannot_see(here: Place) -> None:
    helper, hidden, family = await here.volunteer(), await here.family(), await here.family()
    await here.propose(family)
    await here.proposed(hidden, helper)
    await here.give_access(hidden, 2, la_only=True)
    refused(await here.coordinator.post("/v1/matches", match_body(family, helper)), 409, "capacity-reached")


async def test_lists_are_narrowed_and_go_on(here: Place) -> None:
    helper = await here.volunteer(capacity=3)
    made = [await here.proposed(await here.family(), helper) for _ in range(3)]
    path, query = "/v1/matches", {"volunteer": helper.id, "limit": 2}
    first = (await here.coordinator.get(path, params=query)).json()
    rest = (await here.coordinator.get(path, params=query | {"cursor": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert (await here.coordinator.get(path, params={"status": "active"})).json()["items"] == []
