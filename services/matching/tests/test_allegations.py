"""Allegations: who may open, read and decide; what they suspend; the designated officer's clock; outcomes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.domain.allegations import Outcome
from services.matching.tests.bodies import TODAY, Helper, days_ago, good, refused
from services.matching.tests.factories import Place
from shared import timekeeper
from shared.auth import Role
from shared.events.referral import ConcernRaised
from shared.ids import new_id
from shared.testing import Caller, Running

WORDS = "It was seen on the doorstep."
OTHERS = [outcome for outcome in Outcome if outcome is not Outcome.SUBSTANTIATED]


def body_for(helper: Helper, **other: Any) -> dict[str, Any]:
    return {"volunteer": helper.id, "nature": "risk_of_harm", "description": WORDS, "happened_on": days_ago(1)} | other


def officer_of(here: Place) -> Caller:
    """The local authority's designated officer."""
    return here.caller(Role.LA_MANAGER, organisation=here.authority)


async def opened(here: Place, helper: Helper) -> dict[str, Any]:
    return good(await here.project_manager.post("/v1/allegations", body_for(helper)))


async def step(here: Place, allegation: str, kind: str, **other: Any) -> dict[str, Any]:
    path = f"/v1/allegations/{allegation}/steps"
    return good(await officer_of(here).post(path, {"kind": kind, "done_on": days_ago(0)} | other))


async def decided(here: Place, allegation: str, outcome: str, **other: Any) -> Any:
    version = good(await here.project_manager.get(f"/v1/allegations/{allegation}"))["version"]
    body = {"outcome": outcome, "reasons": "What was found."} | other
    return await here.project_manager.post(f"/v1/allegations/{allegation}/decide", body, match=version)


async def run_clock(service: Running, until: datetime) -> None:
    while await timekeeper.raise_one(service.parts, service.handlers, until):
        pass


# Opening


async def test_opening_suspends_the_volunteer_and_rests_their_matches_in_the_same_moment(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    allegation = await opened(here, helper)
    assert (allegation["status"], allegation["description"]) == ("open", WORDS)
    assert (await here.read(helper))["status"] == "suspended"
    assert (await here.match_of(match))["status"] == "paused"
    refused(await here.as_volunteer(helper).get(f"/v1/matches/{match}"), 404, "not-found")
    assert len(await here.events("allegation.opened")) == 1
    assert len(await here.events("volunteer.suspended")) == 1


async def test_what_a_coordinator_reads_of_the_volunteer_does_not_say_why(here: Place) -> None:
    helper = await here.volunteer()
    await opened(here, helper)
    history = (await here.coordinator.get(f"/v1/volunteers/{helper.id}/history")).json()
    assert (history[-1]["to_status"], history[-1]["reason_code"]) == ("suspended", "under_review")
    assert "allegation" not in (await here.coordinator.get(f"/v1/volunteers/{helper.id}")).text
    assert helper.id not in (await here.events("allegation.opened"))[0]


async def test_the_words_are_sealed(here: Place) -> None:
    await here.family()
    helper = await here.volunteer()
    await step(here, (await opened(here, helper))["id"], "lado_told", note=WORDS)
    rows = await here.as_worker("SELECT a::text, s::text FROM allegations a JOIN allegation_steps s ON true")
    assert rows
    assert "doorstep" not in str(rows)


async def test_a_concern_about_a_volunteer_opens_one_allegation_however_often_it_comes(here: Place) -> None:
    helper = await here.volunteer()
    event = ConcernRaised(family=new_id(), concern=new_id(), raised_at=datetime.now(UTC), volunteer=UUID(helper.id))
    await here.tell(event)
    await here.tell(event)
    await here.tell(event.model_copy(update={"concern": new_id(), "volunteer": new_id()}))
    await here.tell(event.model_copy(update={"concern": new_id(), "volunteer": None}))
    found = good(await here.project_manager.get("/v1/allegations"))["items"]
    assert [(one["volunteer"], one["nature"]) for one in found] == [(helper.id, None)]
    assert good(await here.project_manager.get(f"/v1/allegations/{found[0]['id']}"))["concern"] == str(event.concern)
    assert (await here.read(helper))["status"] == "suspended"
    parked = "SELECT count(*) FROM dead_letters WHERE partnership_id = $1"
    assert await here.as_worker(parked, here.partnership) == [(0,)]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"nature": "gossip"}, "/nature"),
        ({"description": " "}, "/description"),
        ({"happened_on": (TODAY + timedelta(days=1)).isoformat()}, "/happened_on"),
        ({"volunteer": "x"}, "/volunteer"),
        ({"outcome": "false"}, "/outcome"),
    ],
)
async def test_a_malformed_allegation_suspends_nobody(here: Place, wrong: dict[str, Any], pointer: str) -> None:
    helper = await here.volunteer()
    problem = refused(await here.project_manager.post("/v1/allegations", body_for(helper, **wrong)), 422, "validation")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert (await here.read(helper))["status"] == "available"


async def test_nobody_opens_one_against_a_volunteer_who_is_not_there(here: Place) -> None:
    ghost = Helper(str(new_id()), new_id(), 1)
    refused(await here.project_manager.post("/v1/allegations", body_for(ghost)), 404, "not-found")


# Who may know


async def test_ordinary_coordinators_and_volunteers_may_not_even_ask(here: Place) -> None:
    helper = await here.volunteer()
    allegation = (await opened(here, helper))["id"]
    for who in (here.coordinator, here.as_volunteer(helper), here.caller(Role.TRAINER)):
        refused(await who.get(f"/v1/allegations/{allegation}"), 403, "forbidden")
        refused(await who.post("/v1/allegations", body_for(helper)), 403, "forbidden")


async def test_whoever_it_is_about_neither_sees_nor_decides_it_whatever_their_role(here: Place) -> None:
    helper = await here.volunteer()
    allegation = (await opened(here, helper))["id"]
    same = here.caller(Role.PROJECT_MANAGER, person=helper.person)
    refused(await same.get(f"/v1/allegations/{allegation}"), 404, "not-found")
    assert good(await same.get("/v1/allegations"))["items"] == []
    body = {"outcome": "false", "reasons": "Nothing in it."}
    refused(await same.post(f"/v1/allegations/{allegation}/decide", body, match=1), 404, "not-found")
    refused(await same.post("/v1/allegations", body_for(helper)), 404, "not-found")


async def test_the_authority_reads_it_and_another_organisation_finds_nothing(here: Place) -> None:
    await here.family()
    helper = await here.volunteer()
    allegation = (await opened(here, helper))["id"]
    assert good(await officer_of(here).get(f"/v1/allegations/{allegation}"))["description"] == WORDS
    other = here.caller(Role.PROJECT_MANAGER, organisation=new_id())
    refused(await other.get(f"/v1/allegations/{allegation}"), 404, "not-found")
    assert good(await other.get("/v1/allegations"))["items"] == []


@pytest.mark.parametrize("scope", ["person", "public"])
async def test_the_tables_show_it_to_organisations_only(here: Place, scope: str) -> None:
    await opened(here, await here.volunteer())
    settings = {"scope": scope, "organisation": str(here.scheme)}
    assert await here.as_app(settings, "SELECT count(*) FROM allegations") == [(0,)]
    assert await here.as_app(settings | {"scope": "organisation"}, "SELECT count(*) FROM allegations") == [(1,)]


# The working day in which the designated officer is told


async def test_nobody_told_within_a_working_day_is_said_once_also_after_days_without_a_clock(
    here: Place, service: Running
) -> None:
    allegation = await opened(here, await here.volunteer())
    due = datetime.fromisoformat(allegation["lado_due_at"])
    await run_clock(service, due - timedelta(seconds=1))
    assert await here.events("allegation.lado-not-told") == []
    await run_clock(service, due + timedelta(days=9))
    await run_clock(service, due + timedelta(days=10))
    assert len(await here.events("allegation.lado-not-told")) == 1


async def test_told_in_time_the_clock_says_nothing(here: Place, service: Running) -> None:
    await here.family()
    allegation = await opened(here, await here.volunteer())
    done = await step(here, allegation["id"], "lado_told")
    assert done["kind"] == "lado_told"
    shown = good(await here.project_manager.get(f"/v1/allegations/{allegation['id']}"))
    running = "SELECT count(*) FROM clocks WHERE subject_id::text = $1 AND stopped_at IS NULL"
    assert await here.as_worker(running, allegation["id"]) == [(0,)]
    assert (shown["lado_told_on"], [one["kind"] for one in shown["steps"]]) == (days_ago(0), ["lado_told"])
    await run_clock(service, datetime.now(UTC) + timedelta(days=30))
    assert await here.events("allegation.lado-not-told") == []


# Deciding


async def test_it_cannot_be_decided_before_the_designated_officer_was_told(here: Place) -> None:
    helper = await here.volunteer()
    allegation = (await opened(here, helper))["id"]
    problem = refused(await decided(here, allegation, "unfounded"), 409, "gate-allegation-steps")
    assert problem["missing"] == ["lado_told"]


@pytest.mark.parametrize("outcome", OTHERS)
async def test_after_any_other_outcome_a_project_manager_reinstates_and_not_before(
    here: Place, outcome: Outcome
) -> None:
    await here.family()
    helper = await here.volunteer()
    allegation = (await opened(here, helper))["id"]
    path, version = f"/v1/volunteers/{helper.id}/reinstate", (await here.read(helper))["version"]
    body = {"reason_code": "cleared"}
    refused(await here.project_manager.post(path, body, match=version), 409, "under-review")
    await step(here, allegation, "lado_told")
    shown = good(await decided(here, allegation, outcome))
    assert (shown["status"], shown["outcome"], shown["reasons"]) == ("decided", outcome, "What was found.")
    assert (await here.read(helper))["status"] == "suspended"
    version = (await here.read(helper))["version"]
    assert good(await here.project_manager.post(path, body, match=version))["status"] == "available"


async def test_of_two_allegations_both_have_to_be_decided(here: Place) -> None:
    await here.family()
    helper = await here.volunteer()
    first, second = (await opened(here, helper))["id"], (await opened(here, helper))["id"]
    path = f"/v1/volunteers/{helper.id}/reinstate"
    for allegation in (first, second):
        version = (await here.read(helper))["version"]
        refused(await here.project_manager.post(path, {"reason_code": "x"}, match=version), 409, "under-review")
        await step(here, allegation, "lado_told")
        good(await decided(here, allegation, "unfounded"))
    version = (await here.read(helper))["version"]
    good(await here.project_manager.post(path, {"reason_code": "cleared"}, match=version))


async def test_a_substantiated_one_needs_the_barring_referral_ends_the_matches_and_the_volunteering(
    here: Place,
) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    allegation = (await opened(here, helper))["id"]
    await step(here, allegation, "lado_told")
    problem = refused(await decided(here, allegation, "substantiated"), 409, "gate-allegation-steps")
    assert problem["missing"] == ["barring_referred"]
    await step(here, allegation, "barring_referred")
    good(await decided(here, allegation, "substantiated"))
    assert (await here.read(helper))["status"] == "not_suitable"
    assert (await here.match_of(match))["status"] == "ended"
    path, version = f"/v1/volunteers/{helper.id}/reinstate", (await here.read(helper))["version"]
    refused(await here.project_manager.post(path, {"reason_code": "x"}, match=version), 409, "illegal-move")
    refused(await decided(here, allegation, "false"), 409, "illegal-move")


async def test_whoever_left_meanwhile_is_decided_about_all_the_same(here: Place) -> None:
    await here.family()
    helper = await here.volunteer()
    allegation = (await opened(here, helper))["id"]
    version = (await here.read(helper))["version"]
    good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/leave", {"reason_code": "moved"}, match=version))
    await step(here, allegation, "lado_told")
    good(await decided(here, allegation, "substantiated", no_barring_code="threshold_not_reached"))
    assert (await here.read(helper))["status"] == "left"


async def test_of_two_who_decide_at_once_the_second_is_told_that_it_changed(here: Place) -> None:
    await here.family()
    allegation = (await opened(here, await here.volunteer()))["id"]
    await step(here, allegation, "lado_told")
    stale = good(await here.project_manager.get(f"/v1/allegations/{allegation}"))["version"]
    good(await decided(here, allegation, "unfounded"))
    body = {"outcome": "false", "reasons": "Nothing in it."}
    refused(await here.project_manager.post(f"/v1/allegations/{allegation}/decide", body, match=stale), 412, "stale")
