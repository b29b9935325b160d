"""Checking in and out of a visit by link: what it takes, what it tells, and what nobody's check-out raises."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.matching.tests.bodies import Family, Helper, good, refused, visit_body
from services.matching.tests.factories import Place
from shared import timekeeper
from shared.events.referral import ReferralEnding
from shared.ids import new_id
from shared.testing import Running

# Begun a quarter of an hour ago, two hours long.
NOW = -0.25
TOLD = {"presence", "starts_at", "ends_at", "checked_in_at", "checked_out_at", "now"}


async def matched(here: Place) -> tuple[Family, Helper, str]:
    family, helper = await here.family(), await here.volunteer()
    return family, helper, await here.active(family, helper)


async def linked(here: Place, match: str, hours_from_now: float = NOW) -> tuple[dict[str, Any], str]:
    """A visit with its link."""
    path = f"/v1/matches/{match}/visits"
    visit = good(await here.coordinator.post(path, visit_body(-hours_from_now)))
    made = good(await here.coordinator.post(f"{path}/{visit['id']}/check-in-link"))
    return visit, made["secret"]


async def say(here: Place, verb: str, secret: str) -> httpx.Response:
    return await here.service.anonymous().send("POST", f"/v1/check-ins/{verb}", json={"secret": secret})


async def read(here: Place, match: str, visit: dict[str, Any]) -> dict[str, Any]:
    return good(await here.coordinator.get(f"/v1/matches/{match}/visits/{visit['id']}"))


async def run_clock(service: Running, until: datetime) -> None:
    while await timekeeper.raise_one(service.parts, service.handlers, until):
        pass


async def missed(here: Place) -> int:
    return len(await here.events("visit.not-checked-out"))


# The link


async def test_a_volunteer_checks_in_and_out_without_signing_in(here: Place) -> None:
    _, _, match = await matched(here)
    visit, secret = await linked(here, match)
    assert good(await say(here, "look", secret))["presence"] == "expected"
    arrived = good(await say(here, "arrive", secret))
    assert arrived["presence"] == "checked_in"
    left = good(await say(here, "leave", secret))
    assert (left["presence"], left["checked_in_at"]) == ("checked_out", arrived["checked_in_at"])
    shown = await read(here, match, visit)
    assert [shown[name] for name in ("checked_in_at", "checked_out_at")] == [
        left[name] for name in ("checked_in_at", "checked_out_at")
    ]
    assert len(await here.events("visit.checked-in")) == len(await here.events("visit.checked-out")) == 1


async def test_said_again_it_changes_nothing_also_at_the_same_moment(here: Place) -> None:
    _, _, match = await matched(here)
    _, secret = await linked(here, match)
    for verb, event in (("arrive", "visit.checked-in"), ("leave", "visit.checked-out")):
        answers = await asyncio.gather(*(say(here, verb, secret) for _ in range(4)))
        times = {(good(one)["checked_in_at"], one.json()["checked_out_at"]) for one in answers}
        assert len(times) == 1
        assert len(await here.events(event)) == 1


async def test_it_tells_nothing_of_the_family_and_no_id(here: Place) -> None:
    family, helper, match = await matched(here)
    visit, secret = await linked(here, match)
    for verb in ("look", "arrive", "leave"):
        answer = await say(here, verb, secret)
        assert set(good(answer)) == TOLD
        for one in (str(family.id), str(family.referral), helper.id, match, visit["id"], str(here.partnership)):
            assert one not in answer.text
        assert "etag" not in answer.headers


async def test_only_a_digest_of_it_is_kept_and_the_answer_is_given_once(here: Place) -> None:
    _, _, match = await matched(here)
    path = f"/v1/matches/{match}/visits"
    visit = good(await here.coordinator.post(path, visit_body(-NOW)))
    key = {"Idempotency-Key": str(new_id())}
    first = good(await here.coordinator.post(f"{path}/{visit['id']}/check-in-link", headers=key))
    again = await here.coordinator.post(f"{path}/{visit['id']}/check-in-link", headers=key)
    assert "secret" not in again.json()
    assert first["secret"] not in str(await here.as_worker("SELECT l::text FROM visit_links l"))


async def test_a_new_link_takes_the_place_of_the_former(here: Place) -> None:
    _, helper, match = await matched(here)
    visit, former = await linked(here, match)
    path = f"/v1/matches/{match}/visits/{visit['id']}/check-in-link"
    newer = good(await here.as_volunteer(helper).post(path))["secret"]
    refused(await say(here, "arrive", former), 404, "not-found")
    good(await say(here, "arrive", newer))


@pytest.mark.parametrize("secret", ["A" * 43, "x", "", "A" * 42 + "!", "A" * 4000])
async def test_a_guess_is_refused_and_not_repeated(here: Place, secret: str) -> None:
    answer = await say(here, "arrive", secret)
    assert answer.status_code in {404, 422}
    assert not secret or secret not in answer.text or len(secret) == 1


async def test_every_link_that_does_not_work_is_answered_alike(here: Place) -> None:
    _, helper, match = await matched(here)
    visit, secret = await linked(here, match)
    guess = await say(here, "look", "A" * 43)
    await here.as_worker("UPDATE visit_links SET valid_until = now() - interval '1 second'")
    over = await say(here, "look", secret)
    alike = [{**one.json(), "request_id": ""} for one in (guess, over)]
    assert alike[0] == alike[1]
    refused(over, 404, "not-found")
    assert (await read(here, match, visit))["checked_in_at"] is None
    refused(
        await here.as_volunteer(helper).post(f"/v1/matches/{new_id()}/visits/{visit['id']}/check-in-link"),
        404,
        "not-found",
    )


async def test_hours_before_the_visit_it_shows_and_does_not_check_in(here: Place) -> None:
    _, _, match = await matched(here)
    _, secret = await linked(here, match, 3)
    assert good(await say(here, "look", secret))["presence"] == "expected"
    for verb in ("arrive", "leave"):
        refused(await say(here, verb, secret), 409, "visit-not-open-yet")


@pytest.mark.parametrize("step", ["pause", "suspend", "suspend while saying goodbye"])
async def test_whoever_sees_the_family_no_more_has_a_dead_link_at_once(here: Place, step: str) -> None:
    family, helper, match = await matched(here)
    _, secret = await linked(here, match)
    if step.endswith("goodbye"):
        await here.tell(ReferralEnding(family=family.id, referral=family.referral))
        assert (await here.match_of(match))["status"] == "ending"
        good(await say(here, "look", secret))
    if step == "pause":
        good(await here.move(match, "pause", {"reason_code": "safety"}))
    else:
        version = (await here.read(helper))["version"]
        body = {"reason_code": "concern"}
        good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/suspend", body, match=version))
    refused(await say(here, "arrive", secret), 404, "not-found")


async def test_a_visit_that_did_not_take_place_is_not_checked_in_to(here: Place) -> None:
    _, _, match = await matched(here)
    visit, secret = await linked(here, match)
    path = f"/v1/matches/{match}/visits/{visit['id']}"
    version = (await read(here, match, visit))["version"]
    good(await here.coordinator.post(f"{path}/outcome", {"outcome": "no_access"}, match=version))
    refused(await say(here, "arrive", secret), 409, "visit-closed")
    refused(await here.coordinator.post(f"{path}/check-in-link"), 409, "visit-closed")


async def test_after_a_check_out_nobody_arrives(here: Place) -> None:
    _, _, match = await matched(here)
    _, secret = await linked(here, match)
    good(await say(here, "leave", secret))
    refused(await say(here, "arrive", secret), 409, "already-checked-out")


async def test_without_a_token_the_table_shows_the_link_that_is_held_out_and_no_other(here: Place) -> None:
    _, _, match = await matched(here)
    visit, _ = await linked(here, match)
    await linked(here, match, 4)
    sql = "SELECT visit_id::text FROM visit_links"
    everybody = {"scope": "public", "partnership": ""}
    assert await here.as_app(everybody, sql) == []
    ((digest,),) = await here.as_worker(
        "SELECT encode(digest, 'hex') FROM visit_links WHERE visit_id::text = $1", visit["id"]
    )
    assert await here.as_app(everybody | {"link": digest}, sql) == [(visit["id"],)]


# Nobody checks out


async def test_half_an_hour_after_the_planned_end_it_is_told_once_also_after_days_without_a_clock(
    here: Place, service: Running
) -> None:
    _, _, match = await matched(here)
    visit, secret = await linked(here, match)
    good(await say(here, "arrive", secret))
    end = datetime.fromisoformat(visit["ends_at"])
    await run_clock(service, end + timedelta(minutes=29))
    assert await missed(here) == 0
    await run_clock(service, end + timedelta(days=3))
    await run_clock(service, end + timedelta(days=4))
    assert await missed(here) == 1


async def test_a_late_check_out_is_kept_and_shown_beside_what_was_told(here: Place, service: Running) -> None:
    _, _, match = await matched(here)
    visit, secret = await linked(here, match)
    await run_clock(service, datetime.fromisoformat(visit["ends_at"]) + timedelta(minutes=31))
    good(await say(here, "leave", secret))
    shown = await read(here, match, visit)
    assert shown["not_checked_out_at"]
    assert shown["checked_out_at"]
    assert (await missed(here), len(await here.events("visit.checked-out"))) == (1, 1)


async def test_a_check_out_or_an_outcome_in_time_stops_the_clock(here: Place, service: Running) -> None:
    _, _, match = await matched(here)
    _, secret = await linked(here, match)
    good(await say(here, "leave", secret))
    other, _ = await linked(here, match, 0.1)
    path = f"/v1/matches/{match}/visits/{other['id']}/outcome"
    version = (await read(here, match, other))["version"]
    good(await here.coordinator.post(path, {"outcome": "cancelled_by_family"}, match=version))
    running = (
        "SELECT count(*) FROM clocks WHERE partnership_id = $1 AND kind = 'visit-check-out' AND stopped_at IS NULL"
    )
    assert await here.as_worker(running, here.partnership) == [(0,)]
    await run_clock(service, datetime.now(UTC) + timedelta(days=2))
    assert await missed(here) == 0


async def test_of_a_visit_that_was_noted_afterwards_nobody_is_asked_to_check_out(here: Place, service: Running) -> None:
    _, _, match = await matched(here)
    await here.visit(match, hours_ago=5)
    await run_clock(service, datetime.now(UTC) + timedelta(days=2))
    assert await missed(here) == 0


async def test_while_a_match_rests_nobody_is_missed_and_afterwards_again(here: Place, service: Running) -> None:
    _, _, match = await matched(here)
    visit, _ = await linked(here, match, 2)
    good(await here.move(match, "pause", {"reason_code": "family_asked"}))
    end = datetime.fromisoformat(visit["ends_at"]) + timedelta(hours=1)
    await run_clock(service, end)
    assert await missed(here) == 0
    good(await here.move(match, "resume"))
    await run_clock(service, end)
    assert await missed(here) == 1


async def test_every_look_and_every_step_is_in_the_audit(here: Place) -> None:
    _, _, match = await matched(here)
    visit, secret = await linked(here, match)
    for verb in ("look", "arrive"):
        good(await say(here, verb, secret))
    rows = await here.as_worker("SELECT entry FROM audit_log WHERE entry LIKE $1", f"%link:{visit['id']}%")
    assert len(rows) == 2
    assert "/v1/check-ins/arrive" in str(rows)
    assert secret not in str(rows)
