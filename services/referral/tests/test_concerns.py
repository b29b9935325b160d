"""Concerns: by anybody, to the authority's leads, never to whoever it is about."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.referral.tests.factories import Partnership, problem
from shared.auth import Role
from shared.db import now_of
from shared.events.matching import MatchIntroduced
from shared.ids import new_id

TEXT = "There was no food in the house."


async def raised(here: Partnership, caller: Any = None, **body: Any) -> dict[str, Any]:
    answer = await (caller or here.coordinator).post("/v1/concerns", {"text": TEXT} | body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def lead(here: Partnership, person: UUID | None = None, role: Role = Role.SOCIAL_WORKER) -> Any:
    return here.as_(role, person=person or new_id())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.WORKER])
async def test_everybody_may_raise_a_concern_and_is_told_whom_to_call(here: Partnership, role: Role) -> None:
    found = await raised(here, here.as_(role, organisation=new_id(), person=new_id()))
    assert "999" in found["emergency"]
    assert found["endpoint_enabled"] is None
    assert found["status"] == "raised"


async def test_the_answer_is_the_same_whether_the_family_is_known_or_not(here: Partnership) -> None:
    family = await here.family()
    intake = here.as_(Role.INTAKE, organisation=new_id())
    known = await raised(here, intake, family=str(family.id))
    unknown = await raised(here, intake, family=str(new_id()))
    varying = {"id", "raised_at"}
    assert {k: v for k, v in known.items() if k not in varying} == {
        k: v for k, v in unknown.items() if k not in varying
    }


async def test_a_concern_goes_to_the_authority_alone(here: Partnership) -> None:
    case = await here.submitted()
    concern = await raised(here, family=str(case.family.id), subject={"kind": "referral", "id": str(case.id)})
    assert await here.audiences("concern.raised") == [{str(here.authority)}]
    (told,) = await here.told("concern.raised")
    assert told["family"] == str(case.family.id)
    assert TEXT not in str(told)
    path = f"/v1/concerns/{concern['id']}"
    for role in (Role.SOCIAL_WORKER, Role.LA_MANAGER, Role.OPERATIONAL_LINK, Role.PARTNER_SYSTEM):
        shown = await lead(here, role=role).get(path)
        assert shown.status_code == 200, role
        assert shown.json()["text"] == TEXT
    for caller in (here.coordinator, here.project_manager, here.lead_practitioner):
        assert (await caller.get(path)).status_code == 404
        assert (await caller.get("/v1/concerns")).json()["items"] == []


async def test_a_concern_without_a_family_reaches_the_partnerships_authority(here: Partnership) -> None:
    await here.family()
    concern = await raised(here)
    (told,) = await here.told("concern.raised")
    assert told["family"] == told["concern"] == concern["id"]
    assert await here.audiences("concern.raised") == [{str(here.authority)}]
    assert (await lead(here).get(f"/v1/concerns/{concern['id']}")).json()["family"] is None
    stranger = here.as_(Role.SOCIAL_WORKER, organisation=here.scheme, person=new_id())
    assert (await stranger.get(f"/v1/concerns/{concern['id']}")).status_code == 404


async def test_whoever_it_is_about_neither_sees_nor_routes_it(here: Partnership) -> None:
    family = await here.family()
    person = new_id()
    concern = await raised(here, family=str(family.id), about_person=str(person))
    path = f"/v1/concerns/{concern['id']}"
    about = lead(here, person)
    assert (await about.get(path)).status_code == 404
    assert (await about.post(f"{path}/acknowledge", match=1)).status_code == 404
    assert (await about.get("/v1/concerns")).json()["items"] == []
    assert (await lead(here).get(path)).status_code == 200


@pytest.mark.parametrize("match_comes_first", [True, False])
async def test_a_volunteer_never_sees_a_concern_about_them(here: Partnership, match_comes_first: bool) -> None:
    case = await here.accepted()
    volunteer, person = new_id(), new_id()
    event = MatchIntroduced(
        family=case.family.id, referral=case.id, match=new_id(), volunteer=volunteer, volunteer_person=person
    )
    if match_comes_first:
        await here.tell(event)
    concern = await raised(here, family=str(case.family.id), about_volunteer=str(volunteer))
    if not match_comes_first:
        await here.tell(event)
    path = f"/v1/concerns/{concern['id']}"
    assert (await here.volunteer(person).get(path)).status_code == 404
    # Even where the same person holds a lead's role.
    assert (await lead(here, person).get(path)).status_code == 404
    assert (await lead(here).get(path)).json()["about_person"] == str(person)


async def test_a_concern_is_acknowledged_by_name_and_decided(here: Partnership) -> None:
    family = await here.family()
    concern = await raised(here, family=str(family.id))
    path, person = f"/v1/concerns/{concern['id']}", new_id()
    early = await lead(here).post(f"{path}/decide", {"decision": "strategy_discussion"}, match=concern["version"])
    assert (early.status_code, problem(early.json())) == (409, "illegal-move")
    taken = await lead(here, person).post(f"{path}/acknowledge", match=concern["version"])
    assert taken.status_code == 200, taken.text
    assert (taken.json()["status"], taken.json()["acknowledged_by"]) == ("acknowledged", str(person))
    again = await lead(here).post(f"{path}/acknowledge", match=taken.json()["version"])
    assert problem(again.json()) == "illegal-move"
    body = {"decision": "strategy_discussion", "text": "Meeting at three."}
    stale = await lead(here).post(f"{path}/decide", body, match=concern["version"])
    assert stale.status_code == 412
    decided = await lead(here).post(f"{path}/decide", body, match=taken.json()["version"])
    assert decided.json()["status"] == "decided"
    assert (await lead(here).get(path)).json()["decision_text"] == "Meeting at three."
    kinds = [kind for kind in await here.events() if kind.startswith("concern.")]
    assert kinds == ["concern.raised", "concern.acknowledged", "concern.decided"]
    assert await here.audiences("concern.decided") == [{str(here.authority)}]


async def test_a_system_reads_a_concern_but_a_person_takes_it_on(here: Partnership) -> None:
    await here.family()
    concern = await raised(here)
    path = f"/v1/concerns/{concern['id']}"
    assert (await here.system.get(path)).status_code == 200
    assert (await here.system.post(f"{path}/acknowledge", match=1)).status_code == 404
    nameless = here.as_(Role.SOCIAL_WORKER)
    assert (await nameless.post(f"{path}/acknowledge", match=1)).status_code == 403


async def test_after_fifteen_minutes_nobody_has_taken_it_on_is_told_once(here: Partnership) -> None:
    family = await here.family()
    async with here.service.parts.app.open(here.work("service")) as session:
        now = now_of(session)
    await raised(here, family=str(family.id))
    await here.let_time_pass(now + timedelta(minutes=14))
    assert await here.told("concern.unacknowledged") == []
    await here.let_time_pass(now + timedelta(minutes=16))
    await here.let_time_pass(now + timedelta(minutes=60))
    assert len(await here.told("concern.unacknowledged")) == 1
    assert await here.audiences("concern.unacknowledged") == [{str(here.authority)}]


async def test_an_acknowledged_concern_is_not_called_unacknowledged(here: Partnership) -> None:
    await here.family()
    concern = await raised(here)
    async with here.service.parts.app.open(here.work("service")) as session:
        now = now_of(session)
    await lead(here).post(f"/v1/concerns/{concern['id']}/acknowledge", match=concern["version"])
    assert await here.clocks(UUID(concern["id"])) == set()
    await here.let_time_pass(now + timedelta(minutes=60))
    assert await here.told("concern.unacknowledged") == []


async def test_concerns_are_listed_newest_first_by_status(here: Partnership) -> None:
    await here.family()
    first, second = await raised(here), await raised(here)
    await lead(here).post(f"/v1/concerns/{first['id']}/acknowledge", match=first["version"])
    listed = (await lead(here).get("/v1/concerns?limit=1")).json()
    assert [one["id"] for one in listed["items"]] == [second["id"]]
    rest = (await lead(here).get(f"/v1/concerns?limit=1&cursor={listed['next']}")).json()
    assert [one["id"] for one in rest["items"]] == [first["id"]]
    open_ones = (await lead(here).get("/v1/concerns?status=raised")).json()["items"]
    assert [one["id"] for one in open_ones] == [second["id"]]


async def test_the_text_of_a_concern_is_sealed_and_its_history_is_the_authoritys(here: Partnership) -> None:
    case = await here.submitted()
    concern = await raised(here, family=str(case.family.id))
    async with here.service.parts.app.open(here.work("service")) as session:
        connection = await session.connection()
        row = (await connection.exec_driver_sql("SELECT string_agg(c::text, '') FROM concerns c")).scalar_one()
    assert TEXT.encode().hex() not in row
    async with here.service.parts.app.open(here.work("organisation", here.scheme, new_id())) as session:
        connection = await session.connection()
        kept = await connection.exec_driver_sql(
            "SELECT count(*) FROM status_history WHERE subject_id = $1", (UUID(concern["id"]),)
        )
        assert kept.scalar_one() == 0
