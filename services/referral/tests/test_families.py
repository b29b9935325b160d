"""Families over HTTP: registering, finding, changing, erasing, and what whom is shown."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.referral.domain.family import age_on
from services.referral.tests.factories import Partnership, child, parent, problem, today
from services.referral.tests.people import by_person
from shared.auth import Role
from shared.crypto import Subject
from shared.ids import new_id
from shared.testing import Running


async def test_a_family_is_registered_and_shown_as_it_was_told(here: Partnership) -> None:
    family = await here.family(
        ethnicity={"census_code": "WBRI", "own_words": "Southend people"},
        external_ids=[{"system": "mosaic", "id": "F-1"}],
    )
    shown = (await here.social_worker.get(f"/v1/families/{family.id}")).json()
    assert shown["languages"] == ["en", "so"]
    assert shown["ethnicity"] == {"census_code": "WBRI", "own_words": "Southend people"}
    assert shown["external_ids"] == [{"system": "mosaic", "id": "F-1"}]
    mother = by_person(shown, family.parent)
    assert (mother["given_name"], mother["birth_date"], mother["outcode"]) == ("Amina", "1990-02-03", "SS1")
    assert mother["address"] == {"lines": ["1 Sea View"], "postcode": "SS1 2AB"}
    assert by_person(shown, family.children[0])["given_name"] == "Noor"
    assert await here.grants(family.id) == {(here.authority, "la", None)}
    assert await here.events() == ["case-access.changed", "family.registered"]


async def test_nothing_personal_lies_open_in_the_database_or_in_events(here: Partnership) -> None:
    await here.family(external_ids=[{"system": "mosaic", "id": "F-SECRET"}])
    words = ("Amina", "Hart", "Noor", "1990-02-03", "Sea View", "SS1", "01702", "WBRI", "F-SECRET", '"so"')
    async with here.service.parts.app.open(here.work("service")) as session:
        connection = await session.connection()
        for table in ("families", "persons", "memberships", "external_ids"):
            text = (
                await connection.exec_driver_sql(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")  # noqa: S608 - fixed names
            ).scalar_one()
            assert text, table
            assert not [word for word in words if word in text], table
            assert not [word for word in words if word.encode().hex() in text], table
    told = " ".join(data for _, data in await here.service.outbox(here.id))
    assert not [word for word in words if word in told]


async def test_each_view_of_a_family_is_audited_by_person(here: Partnership) -> None:
    family = await here.family()
    await here.social_worker.get(f"/v1/families/{family.id}", headers={"X-Purpose": "visit tomorrow"})
    async with here.service.parts.worker.engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT entry::jsonb FROM audit_log WHERE partnership_id = $1 ORDER BY recorded_at DESC LIMIT 1", (here.id,)
        )
        (entry,) = rows.one()
    assert entry["action"] == "GET /v1/families/{family_id}"
    assert entry["purpose"] == "visit tomorrow"
    assert set(entry["seen"]["person"]) == {str(family.parent), *(str(one) for one in family.children)}


@pytest.mark.parametrize(
    "persons",
    [
        [parent(upn="A12345678901B"), child()],
        [parent(nhs_number="1234567890"), child()],
        [parent(la_child_id="77"), child()],
        [parent(external_ids=[{"system": "mosaic", "id": "P-1"}]), child()],
    ],
)
async def test_a_person_is_registered_under_an_id_once(here: Partnership, persons: list[dict[str, Any]]) -> None:
    first = await here.family(persons=persons)
    again = await here.system.post("/v1/families", {"persons": persons})
    assert (again.status_code, problem(again.json())) == (409, "already-registered")
    assert (again.json()["id"], again.json()["person"]) == (str(first.id), str(first.parent))


async def test_the_same_external_id_twice_names_the_family_that_has_it(here: Partnership) -> None:
    ids = [{"system": "mosaic", "id": "F-1"}]
    first = await here.family(external_ids=ids)
    again = await here.system.post("/v1/families", {"persons": [parent()], "external_ids": ids})
    assert (again.status_code, problem(again.json())) == (409, "already-registered")
    assert again.json()["id"] == str(first.id)
    assert (await here.system.get("/v1/families")).json()["items"][0]["id"] == str(first.id)
    assert len((await here.system.get("/v1/families")).json()["items"]) == 1


async def test_two_registrations_at_the_same_moment_make_one_family(here: Partnership) -> None:
    body = {"persons": [parent()], "external_ids": [{"system": "mosaic", "id": "F-1"}]}
    answers = await asyncio.gather(*[here.system.post("/v1/families", body) for _ in range(4)])
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    made = next(one.json()["id"] for one in answers if one.status_code == 201)
    assert {one.json()["id"] for one in answers} == {made}
    assert len((await here.system.get("/v1/families")).json()["items"]) == 1


async def test_whoever_may_not_see_the_family_does_not_learn_its_id(here: Partnership) -> None:
    ids = [{"system": "mosaic", "id": "F-1"}]
    await here.family(external_ids=ids)
    other = here.as_(Role.PARTNER_SYSTEM, organisation=new_id())
    again = await other.post("/v1/families", {"persons": [parent()], "external_ids": ids})
    assert (again.status_code, problem(again.json())) == (409, "already-registered")
    assert "id" not in again.json()


async def test_the_same_id_means_something_else_in_another_system_or_partnership(
    here: Partnership, service: Running
) -> None:
    ids = [{"system": "mosaic", "id": "F-1"}]
    await here.family(external_ids=ids)
    await here.family(external_ids=[{"system": "liquidlogic", "id": "F-1"}])
    await Partnership(service).family(external_ids=ids)


async def test_a_family_is_found_by_its_external_id(here: Partnership) -> None:
    family = await here.family(external_ids=[{"system": "mosaic", "id": "F-1"}])
    await here.family()
    found = await here.system.get("/v1/families?external_system=mosaic&external_id=F-1")
    assert [one["id"] for one in found.json()["items"]] == [str(family.id)]
    nothing = await here.system.get("/v1/families?external_system=mosaic&external_id=F-2")
    assert nothing.json() == {"items": [], "next": None}
    half = await here.system.get("/v1/families?external_system=mosaic")
    assert half.status_code == 422


async def test_an_unborn_child_has_an_expected_date_and_then_a_birth(here: Partnership) -> None:
    family = await here.family(persons=[parent(), {"role": "child", "expected_date": "2027-01-20"}])
    unborn = family.children[0]
    change = {"person": str(unborn), "details": {"given_name": "Idil", "birth_date": "2027-01-18"}}
    answer = await here.social_worker.post(f"/v1/families/{family.id}/changes", change)
    assert answer.status_code == 201, answer.text
    shown = (await here.social_worker.get(f"/v1/children/{unborn}")).json()
    assert (shown["given_name"], shown["birth_date"], shown["expected_date"]) == ("Idil", "2027-01-18", None)
    assert shown["families"] == [str(family.id)]
    assert (await here.events())[-1] == "family.changed"


@pytest.mark.parametrize(
    ("person", "pointer"),
    [
        (child(expected_date="2027-01-01"), "/persons/0"),
        ({"role": "child"}, "/persons/0"),
        (child(role="cousin"), "/persons/0/role"),
        (child(upn="nonsense"), "/persons/0/upn"),
        (child(birth_date="03/02/1990"), "/persons/0/birth_date"),
        (child(birth_date="0001-01-01"), "/persons/0/birth_date"),
        (child(confidential="yes"), "/persons/0/confidential"),
    ],
)
async def test_a_malformed_person_is_refused_and_never_echoed(
    here: Partnership, person: dict[str, Any], pointer: str
) -> None:
    answer = await here.system.post("/v1/families", {"persons": [person]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "Noor" not in answer.text


@pytest.mark.parametrize(("text", "status"), [(b"\\ud800", 422), (b"a\\u0000b", 201)])
async def test_odd_characters_are_refused_or_kept_and_break_nothing(
    here: Partnership, text: bytes, status: int
) -> None:
    body = b'{"persons": [{"role": "child", "given_name": "' + text + b'"}]}'
    answer = await here.system.post("/v1/families", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text


async def test_members_join_and_leave_on_dated_days(here: Partnership) -> None:
    family = await here.family()
    body = {"role": "other_adult", "details": {"role": "other_adult", "given_name": "Yusuf"}}
    joined = await here.social_worker.post(f"/v1/families/{family.id}/members", body)
    assert joined.status_code == 201, joined.text
    person = joined.json()["person"]
    left = {"person": person, "left_on": "2027-03-01", "reason_code": "moved_out"}
    assert (await here.social_worker.post(f"/v1/families/{family.id}/changes", left)).status_code == 201
    member = by_person((await here.social_worker.get(f"/v1/families/{family.id}")).json(), UUID(person))
    assert (member["role"], member["to_date"]) == ("other_adult", "2027-03-01")
    (_, told) = await here.told("family.changed")
    assert person not in told["adults"]
    early = {"person": person, "left_on": "2001-03-01"}
    assert (await here.social_worker.post(f"/v1/families/{family.id}/changes", early)).status_code == 422


async def test_a_child_may_belong_to_two_families(here: Partnership) -> None:
    first, second = await here.family(), await here.family(persons=[parent(given_name="Omar")])
    shared_child = first.children[0]
    body = {"role": "child", "person": str(shared_child)}
    path = f"/v1/families/{second.id}/members"
    assert (await here.social_worker.post(path, body)).status_code == 201
    again = await here.social_worker.post(path, body)
    assert (again.status_code, problem(again.json())) == (409, "already-member")
    shown = (await here.social_worker.get(f"/v1/children/{shared_child}")).json()
    assert shown["families"] == [str(first.id), str(second.id)]
    unknown = await here.social_worker.post(path, body | {"person": str(new_id())})
    assert unknown.status_code == 404


async def test_an_adult_is_not_shown_as_a_child(here: Partnership) -> None:
    family = await here.family()
    assert (await here.social_worker.get(f"/v1/children/{family.parent}")).status_code == 404


async def test_a_confidential_address_is_shown_to_named_workers_only(here: Partnership) -> None:
    family = await here.family(persons=[parent(confidential=True), child()])
    person = new_id()
    worker = here.as_(Role.SOCIAL_WORKER, person=person)
    path = f"/v1/families/{family.id}"
    hidden = by_person((await worker.get(path)).json(), family.parent)
    assert (hidden["address"], hidden["outcode"], hidden["phone"]) == (None, None, None)
    assert (hidden["given_name"], hidden["confidential"]) == ("Amina", True)
    body = {"family": str(family.id), "person": str(person), "role": "social_worker"}
    assert (await here.social_worker.post("/v1/allocations", body)).status_code == 201
    named = by_person((await worker.get(path)).json(), family.parent)
    assert named["address"]["lines"] == ["1 Sea View"]
    assert by_person((await here.system.get(path)).json(), family.parent)["phone"] is None


async def test_an_erased_person_cannot_be_read_and_the_sibling_stays(here: Partnership) -> None:
    family = await here.family(persons=[parent(), child(upn="A12345678901B"), child(given_name="Sami")])
    dpo = here.as_(Role.DPO, person=new_id())
    noor, sami = family.children
    path = f"/v1/families/{family.id}/members/{noor}/erase"
    assert (await dpo.post(path, {"reason_code": "retention_ended"})).status_code == 204
    shown = (await here.social_worker.get(f"/v1/families/{family.id}")).json()
    gone = by_person(shown, noor)
    assert (gone["erased"], gone["given_name"], gone["external_ids"]) == (True, None, [])
    assert by_person(shown, sami)["given_name"] == "Sami"
    (told,) = await here.told("subject.erased")
    assert (told["subject_kind"], told["subject"]) == ("person", str(noor))
    await here.family(persons=[parent(), child(upn="A12345678901B")])
    found = await here.service.parts.vault.ciphers(here.id, [Subject.person(noor), Subject.person(sami)])
    assert set(found) == {Subject.person(sami)}
    again = await dpo.post(path, {"reason_code": "retention_ended"})
    assert (again.status_code, problem(again.json())) == (409, "already-erased")
    change = {"person": str(noor), "details": {"given_name": "Noor"}}
    refused = await here.social_worker.post(f"/v1/families/{family.id}/changes", change)
    assert problem(refused.json()) == "already-erased"


async def test_an_erasure_of_somebody_in_another_family_is_not_found(here: Partnership) -> None:
    family, other = await here.family(), await here.family()
    dpo = here.as_(Role.DPO, person=new_id())
    path = f"/v1/families/{family.id}/members/{other.parent}/erase"
    assert (await dpo.post(path, {"reason_code": "retention_ended"})).status_code == 404
    assert await here.told("subject.erased") == []


REQUESTS = {
    "visits_a_week": 3,
    "ethnicity_may_count": True,
    "availability": [{"weekday": "mon", "part": "morning"}],
    "age_from": 40,
    "volunteers": 2,
    "faith": "sikh",
    "faith_may_count": True,
}


async def test_other_services_read_the_facts_and_nobody_else_does(here: Partnership) -> None:
    case = await here.accepted(requests=REQUESTS)
    facts = await here.worker.get(f"{case.path}/case-facts")
    assert facts.status_code == 200, facts.text
    found = facts.json()
    assert found == {
        "referral": str(case.id),
        "family": str(case.family.id),
        "children": [str(case.child)],
        "adults": [str(case.family.parent)],
        "ages": found["ages"],
        "outcode": "SS1",
        "languages": ["en", "so"],
        "ethnicity": "WBRI",
        "ethnicity_may_count": True,
        "requests": {
            "volunteer_gender": None,
            "visits_a_week": 3,
            "skills": [],
            "interests": [],
            "knowledge": [],
            "language": None,
            "availability": [{"weekday": "mon", "part": "morning"}],
            "age_from": 40,
            "age_to": None,
            "volunteers": 2,
            "faith": "sikh",
            "faith_may_count": True,
        },
        "received_on": found["received_on"],
    }
    assert found["ages"] == [age_on(date(2019, 5, 6), today())]
    assert (await here.project_manager.get(f"{case.path}/case-facts")).status_code == 403


async def test_facts_never_tell_a_confidential_outcode(here: Partnership) -> None:
    family = await here.family(persons=[parent(confidential=True), child(outcode="SS1")])
    case = await here.accepted(family)
    assert (await here.worker.get(f"{case.path}/case-facts")).json()["outcode"] is None
