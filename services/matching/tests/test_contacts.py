"""Records of Contact over HTTP: recorded once, sealed, corrected by a new version, chained."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from services.matching.tests.bodies import Family, contact_body, good, plan_agreed, refused, visit_body
from services.matching.tests.factories import Place
from shared.auth import Role
from shared.ids import new_id


async def matched(here: Place, **plan: Any) -> tuple[Family, str]:
    family, helper = await here.family(), await here.volunteer()
    return family, await here.active(family, helper, **plan)


async def test_a_record_says_what_was_done_and_is_sealed(here: Place) -> None:
    task = new_id()
    family, match = await matched(here, tasks=(task,))
    visit = await here.closed(match)
    body = contact_body(family, visit["id"]) | {"tasks_done": [str(task)], "notes": "An unmistakable afternoon."}
    contact = good(await here.coordinator.post(f"/v1/matches/{match}/contacts", body))
    assert (contact["notes"], contact["tasks_done"]) == ("An unmistakable afternoon.", [str(task)])
    assert (contact["position"], contact["version_number"], contact["next_step"]) == (1, 1, None)
    assert good(await here.coordinator.get(f"/v1/matches/{match}/contacts/{contact['id']}")) == contact
    rows = await here.as_worker("SELECT contacts::text FROM contacts WHERE id = $1", UUID(contact["id"]))
    assert "unmistakable" not in rows[0][0]
    assert len(await here.events("contact.recorded")) == 1
    assert "unmistakable" not in (await here.events("contact.recorded"))[0]


async def test_a_record_with_a_concern_says_what_to_do_at_once(here: Place) -> None:
    family, match = await matched(here)
    contact = await here.contact(family, match, concern=True)
    assert "999" in contact["next_step"]
    assert "/v1/concerns" in contact["next_step"]


async def test_only_a_visit_that_happened_has_a_record_and_only_one(here: Place) -> None:
    family, match = await matched(here)
    planned, missed = await here.visit(match), await here.closed(match, "no_access")
    path = f"/v1/matches/{match}/contacts"
    for visit in (planned, missed):
        answer = await here.coordinator.post(path, contact_body(family, visit["id"]))
        assert refused(answer, 409, "illegal-move")["from"] == visit["status"]
    contact = await here.contact(family, match)
    again = contact_body(family, contact["visit"])
    refused(await here.coordinator.post(path, again), 409, "already-recorded")


async def test_nobody_is_seen_alone_unless_the_plan_in_force_allows_it(here: Place) -> None:
    family, match = await matched(here)
    visit = await here.closed(match)
    body = contact_body(family, visit["id"])
    body["seen"][0]["seen_alone"] = True
    path = f"/v1/matches/{match}/contacts"
    refused(await here.coordinator.post(path, body), 409, "seen-alone-not-agreed")
    await here.tell(plan_agreed(family, version_number=2, seen_alone_allowed=True))
    assert good(await here.coordinator.post(path, body))["seen"][0]["seen_alone"] is True


async def test_a_later_version_of_the_plan_can_take_that_back(here: Place) -> None:
    family, match = await matched(here, seen_alone_allowed=True)
    await here.tell(plan_agreed(family, version_number=2))
    visit = await here.closed(match)
    body = contact_body(family, visit["id"])
    body["seen"][0]["seen_alone"] = True
    refused(await here.coordinator.post(f"/v1/matches/{match}/contacts", body), 409, "seen-alone-not-agreed")


async def test_strangers_and_unknown_tasks_are_refused_at_their_place(here: Place) -> None:
    family, match = await matched(here)
    visit = await here.closed(match)
    body = contact_body(family, visit["id"])
    body["seen"] += [{"child": str(new_id()), "seen": True}, body["seen"][0]]
    body["tasks_done"] = [str(new_id())]
    answer = await here.coordinator.post(f"/v1/matches/{match}/contacts", body)
    found = {(one["pointer"], one["code"]) for one in refused(answer, 422, "validation")["errors"]}
    assert found == {("/seen/2/child", "unknown-child"), ("/seen/3/child", "twice"), ("/tasks_done/0", "unknown-task")}


async def test_who_was_seen_alone_was_seen(here: Place) -> None:
    family, match = await matched(here, seen_alone_allowed=True)
    visit = await here.closed(match)
    body = contact_body(family, visit["id"], seen=False)
    body["seen"][0]["seen_alone"] = True
    refused(await here.coordinator.post(f"/v1/matches/{match}/contacts", body), 422, "validation")


async def test_a_task_of_an_earlier_version_of_the_plan_can_still_be_recorded(here: Place) -> None:
    former, present = new_id(), new_id()
    family, match = await matched(here, tasks=(former,))
    await here.tell(plan_agreed(family, version_number=2, tasks=(present,)))
    contact = await here.contact(family, match, tasks_done=[str(former), str(present)])
    assert len(contact["tasks_done"]) == 2
    assert (await here.match_of(match))["tasks"] == [str(present)]


async def test_a_correction_is_a_new_version_beside_the_old_one(here: Place) -> None:
    family, match = await matched(here)
    first = await here.contact(family, match)
    path = f"/v1/matches/{match}/contacts/{first['id']}/corrections"
    body = contact_body(family, "") | {"notes": "It was Tuesday."}
    del body["visit"]
    second = good(await here.coordinator.post(path, body))
    assert (second["version_number"], second["corrects"], second["position"]) == (2, first["id"], 2)
    shown = (await here.coordinator.get(f"/v1/matches/{match}/contacts")).json()["items"]
    assert [one["notes"] for one in shown] == ["We cooked together.", "It was Tuesday."]
    assert [one["superseded_by"] for one in shown] == [second["id"], None]
    refused(await here.coordinator.post(path, body), 409, "version-superseded")
    assert len(await here.events("contact.corrected")) == 1


Tamper = Callable[[str, UUID], Awaitable[None]]


@pytest.fixture
def tamper(stack: Any) -> Tamper:
    """As somebody would who has the superuser's password: past the trigger that keeps records as they are."""

    async def change(sql: str, contact: UUID) -> None:
        connection = await asyncpg.connect(stack.admin_dsn, database=stack.database("matching"))
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL session_replication_role = replica")
                await connection.execute(sql, contact)
        finally:
            await connection.close()

    return change


async def test_the_chain_is_verified_and_an_edit_in_the_table_shows(here: Place, tamper: Tamper) -> None:
    family, match = await matched(here)
    for hours in (30, 20, 10):
        await here.contact(family, match, hours)
    path = f"/v1/matches/{match}/contacts/verify"
    assert good(await here.coordinator.get(path))["intact"] is True
    ids = [one["id"] for one in (await here.coordinator.get(f"/v1/matches/{match}/contacts")).json()["items"]]
    await tamper("UPDATE contacts SET concern = true WHERE id = $1", UUID(ids[1]))
    shown = good(await here.coordinator.get(path))
    assert (shown["intact"], shown["broken_at"], shown["length"]) == (False, 2, 3)
    await tamper("UPDATE contacts SET concern = false WHERE id = $1", UUID(ids[1]))
    assert good(await here.coordinator.get(path))["intact"] is True
    await tamper("DELETE FROM contacts WHERE id = $1", UUID(ids[2]))
    assert good(await here.coordinator.get(path))["broken_at"] == 3


@pytest.mark.parametrize("sql", ["UPDATE contacts SET concern = true", "DELETE FROM contacts"])
async def test_no_running_login_can_change_a_record(here: Place, sql: str) -> None:
    family, match = await matched(here)
    await here.contact(family, match)
    staff = {"scope": "organisation", "organisation": str(here.scheme)}
    with pytest.raises(DBAPIError, match="append-only"):
        await here.as_worker(sql)
    with pytest.raises(DBAPIError, match="permission denied"):
        await here.as_app(staff, sql)


async def test_lists_of_records_go_on_along_the_chain(here: Place) -> None:
    family, match = await matched(here)
    for hours in (30, 20, 10):
        await here.contact(family, match, hours)
    path = f"/v1/matches/{match}/contacts"
    first = (await here.coordinator.get(path, params={"limit": 2})).json()
    rest = (await here.coordinator.get(path, params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["position"] for one in first["items"] + rest["items"]] == [1, 2, 3]
    visits = f"/v1/matches/{match}/visits"
    first = (await here.coordinator.get(visits, params={"limit": 2})).json()
    rest = (await here.coordinator.get(visits, params={"limit": 2, "cursor": first["next"]})).json()
    starts = [one["starts_at"] for one in first["items"] + rest["items"]]
    assert starts == sorted(starts)
    assert len(starts) == 3


async def test_a_volunteer_records_on_their_own_match_and_another_s_is_not_found(here: Place) -> None:
    family, helper, other = await here.family(), await here.volunteer(), await here.volunteer()
    match = await here.active(family, helper)
    visit = await here.closed(match)
    path, body = f"/v1/matches/{match}/contacts", contact_body(family, visit["id"])
    refused(await here.as_volunteer(other).post(path, body), 404, "not-found")
    refused(await here.as_volunteer(other).post(f"/v1/matches/{match}/visits", visit_body(3)), 404, "not-found")
    refused(await here.caller(Role.SOCIAL_WORKER, organisation=here.authority).post(path, body), 403, "forbidden")
    contact = good(await here.as_volunteer(helper).post(path, body))
    correction = {name: value for name, value in body.items() if name != "visit"}
    answer = await here.as_volunteer(other).post(f"{path}/{contact['id']}/corrections", correction)
    refused(answer, 404, "not-found")


async def test_the_coordinator_can_record_what_a_volunteer_left_behind(here: Place) -> None:
    family, match = await matched(here)
    visit = await here.closed(match)
    good(await here.move(match, "end", {"reason_code": "volunteer_left"}))
    good(await here.coordinator.post(f"/v1/matches/{match}/contacts", contact_body(family, visit["id"])))
