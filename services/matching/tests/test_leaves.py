"""Leave over the API: entered, refused, called off, listed; and who may."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.tests.bodies import good, refused
from services.matching.tests.factories import Place
from services.matching.tests.team import Team, body, day, entered
from shared.auth import Role
from shared.events.gateway import MembershipStarted
from shared.ids import new_id

# What is refused


async def test_days_that_cannot_be_are_refused_at_their_field(team: Team) -> None:
    for wrong, pointer, code in (
        (body(team.ben, -1, 3), "/from", "in-the-past"),
        (body(team.ben, 3, 2), "/to", "ends-before-it-starts"),
        (body(team.ben, 0, 731), "/to", "too-long"),
        (body(team.ann), "/cover", "covers-themselves"),
    ):
        (error,) = refused(await team.as_ann.post("/v1/leaves", wrong), 422, "validation")["errors"]
        assert (error["pointer"], error["code"]) == (pointer, code)
    for lacking in ("from", "to", "cover"):
        wrong = {name: value for name, value in body(team.ben).items() if name != lacking}
        (error,) = refused(await team.as_ann.post("/v1/leaves", wrong), 422, "validation")["errors"]
        assert error["pointer"] == f"/{lacking}"
    why = body(team.ben, reason="Operation")
    assert refused(await team.as_ann.post("/v1/leaves", why), 422, "validation")["errors"][0]["pointer"] == "/reason"


async def test_cover_is_somebody_of_the_organisation_who_coordinates_and_is_there(team: Team) -> None:
    trainer, other, gone = new_id(), new_id(), new_id()
    await team.join(trainer, Role.TRAINER)
    await team.join(other, Role.COORDINATOR, organisation=new_id())
    await team.join(gone, Role.COORDINATOR, ends_at=datetime.now(UTC) + timedelta(days=3))
    for cover in (trainer, other, gone, new_id()):
        refused(await team.as_ann.post("/v1/leaves", body(cover)), 409, "cover-not-a-coordinator")
    await entered(team.as_ann, gone, 0, 2)


async def test_leave_beside_leave_is_refused_by_its_code(team: Team) -> None:
    await entered(team.as_ann, team.ben, 2, 4)
    refused(await team.as_ann.post("/v1/leaves", body(team.may, 4, 9)), 409, "leave-overlaps")
    refused(await team.as_ben.post("/v1/leaves", body(team.may, 0, 2)), 409, "covers-somebody")
    refused(await team.as_may.post("/v1/leaves", body(team.ann, 4, 4)), 409, "cover-on-leave")
    await entered(team.as_ann, team.may, 5, 9)
    await entered(team.as_ben, team.may, 0, 1)


async def test_two_who_make_each_other_cover_at_once_get_one_leave(team: Team) -> None:
    for first in range(0, 100, 5):
        answers = await asyncio.gather(
            team.as_ann.post("/v1/leaves", body(team.ben, first, first + 4)),
            team.as_ben.post("/v1/leaves", body(team.ann, first, first + 4)),
        )
        assert sorted(one.status_code for one in answers) == [201, 409]
    whole = good(await team.as_ann.get("/v1/leaves"))["items"]
    assert len(whole) == 20


async def test_a_leave_that_is_over_or_called_off_cannot_be_called_off(team: Team) -> None:
    leave = await entered(team.as_ann, team.ben, 3, 4)
    path = f"/v1/leaves/{leave['id']}/cancel"
    assert (await team.as_ann.post(path)).status_code == 428
    refused(await team.as_ann.post(path, match=9), 412, "stale")
    assert good(await team.as_ann.post(path, match=leave["version"]))["back_on"] == day(0)
    refused(await team.as_ann.post(path, match=leave["version"] + 1), 409, "leave-over")
    await entered(team.as_ann, team.ben, 3, 4)


# Who may


async def test_somebody_else_s_leave_is_a_project_manager_s_to_enter_and_to_call_off(team: Team) -> None:
    whose: dict[str, Any] = {"person": str(team.ann)}
    assert (await team.as_ben.post("/v1/leaves", body(team.may, **whose))).status_code == 403
    leave = await entered(team.as_may, team.ben, **whose)
    assert leave["person"] == str(team.ann)
    path = f"/v1/leaves/{leave['id']}/cancel"
    assert (await team.as_ben.post(path, match=leave["version"])).status_code == 403
    good(await team.as_may.post(path, match=leave["version"]))


async def test_whoever_is_not_known_as_a_coordinator_has_no_leave(team: Team) -> None:
    stranger = team.here.caller(Role.COORDINATOR)
    refused(await stranger.post("/v1/leaves", body(team.ben)), 409, "not-a-coordinator")


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.COORDINATOR, Role.PROJECT_MANAGER}])
async def test_no_other_role_sees_or_enters_leave(team: Team, role: Role) -> None:
    caller = team.here.caller(role)
    assert (await caller.get("/v1/leaves")).status_code == 403
    assert (await caller.post("/v1/leaves", body(team.ben))).status_code == 403


async def test_another_organisation_or_partnership_sees_no_leave_and_calls_none_off(team: Team) -> None:
    leave = await entered(team.as_ann, team.ben)
    path = f"/v1/leaves/{leave['id']}"
    assert good(await team.as_ben.get(path)) == leave
    other = team.here.caller(Role.PROJECT_MANAGER, organisation=new_id())
    elsewhere = Place(team.here.service, team.here.cases).caller(Role.PROJECT_MANAGER, organisation=team.here.scheme)
    for caller in (other, elsewhere):
        assert good(await caller.get("/v1/leaves"))["items"] == []
        assert (await caller.get(path)).status_code == 404
        assert (await caller.post(f"{path}/cancel", match=1)).status_code == 404


@pytest.mark.parametrize("table", ["leaves", "colleagues"])
async def test_the_database_shows_them_to_their_own_organisation_only(team: Team, table: str) -> None:
    await entered(team.as_ann, team.ben)
    sql = f"SELECT 1 FROM {table}"  # noqa: S608 - a test's own
    own = {"organisation": str(team.here.scheme), "scope": "organisation", "person": str(team.ann)}
    assert await team.here.as_app(own, sql)
    assert not await team.here.as_app(own | {"organisation": str(new_id())}, sql)
    assert not await team.here.as_app(own | {"scope": "person"}, sql)
    assert not await team.here.as_app(own | {"partnership": str(new_id())}, sql)


async def test_a_volunteer_s_coordinator_is_named_by_their_own_organisation_and_can_be_taken_back(team: Team) -> None:
    helper = await team.here.volunteer()
    path = f"/v1/volunteers/{helper.id}/coordinator"
    other = team.here.caller(Role.PROJECT_MANAGER, organisation=new_id())
    assert (await other.post(path, {"coordinator": None}, match=helper.version)).status_code == 403
    stranger = {"coordinator": str(new_id())}
    refused(await team.as_may.post(path, stranger, match=helper.version), 409, "not-a-coordinator")
    named = good(await team.as_may.post(path, {"coordinator": str(team.ann)}, match=helper.version))
    refused(await team.as_may.post(path, {"coordinator": None}, match=helper.version), 412, "stale")
    free = good(await team.as_ann.post(path, {"coordinator": None}, match=named["version"]))
    assert free["coordinator"] is None


@pytest.mark.parametrize("dates", [{"ends_at": -1}, {"starts_at": 2}])
async def test_only_who_coordinates_today_can_be_named(team: Team, dates: dict[str, int]) -> None:
    helper, other = await team.here.volunteer(), new_id()
    at = {name: datetime.now(UTC) + timedelta(days=days) for name, days in dates.items()}
    await team.join(other, Role.COORDINATOR, **at)
    path = f"/v1/volunteers/{helper.id}/coordinator"
    answer = await team.as_may.post(path, {"coordinator": str(other)}, match=helper.version)
    refused(answer, 409, "not-a-coordinator")


async def test_naming_a_coordinator_is_in_the_audit_of_the_volunteer(team: Team) -> None:
    helper = await team.here.volunteer()
    path = f"/v1/volunteers/{helper.id}/coordinator"
    good(await team.as_may.post(path, {"coordinator": str(team.ann)}, match=helper.version))
    sql = "SELECT entry FROM audit_log WHERE entry LIKE $1"
    rows = await team.here.as_worker(sql, "%POST /v1/volunteers/{volunteer_id}/coordinator%")
    assert any(helper.id in row[0] for row in rows)


async def test_nobody_answers_for_themselves(team: Team) -> None:
    helper = await team.here.volunteer()
    await team.join(helper.person, Role.COORDINATOR)
    path = f"/v1/volunteers/{helper.id}/coordinator"
    answer = await team.as_may.post(path, {"coordinator": str(helper.person)}, match=helper.version)
    assert refused(answer, 422, "validation")["errors"][0]["code"] == "answers-for-themselves"


# The list, and what is kept


async def test_leaves_are_listed_by_their_first_day_and_those_that_are_over_can_be_left_out(team: Team) -> None:
    later = await entered(team.as_ann, team.ben, 20, 21)
    sooner = await entered(team.as_ann, team.ben, 0, 3)
    off = await entered(team.as_may, team.ben, 1, 2)
    good(await team.as_may.post(f"/v1/leaves/{off['id']}/cancel", match=off["version"]))
    listed = [
        good(await team.as_ben.get("/v1/leaves", params={"since": day(since)}))["items"] for since in (0, 3, 4, 22)
    ]
    assert [[one["id"] for one in items] for items in listed] == [
        [sooner["id"], later["id"]],
        [sooner["id"], later["id"]],
        [later["id"]],
        [],
    ]
    first = good(await team.as_ben.get("/v1/leaves", params={"limit": 1}))
    rest = good(await team.as_ben.get("/v1/leaves", params={"cursor": first["next"]}))
    assert [one["id"] for one in first["items"] + rest["items"]] == [sooner["id"], off["id"], later["id"]]


async def test_entering_twice_with_one_key_is_one_leave_and_all_of_it_is_in_the_audit(team: Team) -> None:
    key, wanted = {"Idempotency-Key": str(new_id())}, body(team.ben)
    one = good(await team.as_ann.post("/v1/leaves", wanted, headers=key))
    assert good(await team.as_ann.post("/v1/leaves", wanted, headers=key)) == one
    good(await team.as_ben.get("/v1/leaves"))
    rows = await team.here.as_worker("SELECT entry FROM audit_log WHERE entry LIKE $1", f"%{one['id']}%")
    assert len(rows) >= 2
    history = "SELECT from_status, to_status, actor FROM status_history WHERE subject_id = $1"
    assert len(await team.here.as_worker(history, UUID(one["id"]))) == 1


async def test_a_membership_that_says_no_roles_or_others_is_not_kept(team: Team) -> None:
    before = await team.here.as_worker("SELECT 1 FROM colleagues")
    await team.join(new_id(), Role.VOLUNTEER)
    await team.here.tell(MembershipStarted(membership=new_id(), person=new_id(), organisation=team.here.scheme))
    assert await team.here.as_worker("SELECT 1 FROM colleagues") == before
