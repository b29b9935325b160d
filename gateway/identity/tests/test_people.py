"""People, their memberships and what is shown of them to whom."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.identity.tests.platform import PASSWORD, Partnership, Person, Platform
from shared.auth import Role
from shared.ids import new_id


async def test_an_address_is_kept_sealed_and_found_by_a_digest(platform: Platform, partnership: Partnership) -> None:
    body = {"display_name": "Very Secret Name", "email": "Very.Secret@Example.org", "reference": "staff-1"}
    answer = await partnership.admin.post("/v1/people", body)
    assert answer.status_code == 201
    assert answer.json()["email"] == "Very.Secret@Example.org"
    async with platform.parts.app.engine.connect() as connection:
        await connection.execute(text("SELECT set_config('circle.partnership', :p, true)"), {"p": str(partnership.id)})
        rows = (await connection.execute(text("SELECT p.*, s.name FROM people p, sign_in_names s"))).all()
    assert rows
    stored = repr(rows).lower()
    assert "secret" not in stored
    again = await partnership.admin.post(
        "/v1/people", {"display_name": "Another", "email": " very.secret@example.ORG "}
    )
    assert again.status_code == 409
    assert (again.json()["type"].rsplit("/")[-1], again.json()["id"]) == ("already-registered", answer.json()["id"])


async def test_a_reference_is_its_owners_alone_and_finds_them(partnership: Partnership) -> None:
    reference = "hr:42"
    body = {"display_name": "One", "email": f"{new_id()}@example.org", "reference": reference}
    first = (await partnership.admin.post("/v1/people", body)).json()
    second = await partnership.admin.post("/v1/people", body | {"email": f"{new_id()}@example.org"})
    assert (second.status_code, second.json()["id"]) == (409, first["id"])
    found = (await partnership.admin.get("/v1/people", params={"reference": reference})).json()["items"]
    assert [one["id"] for one in found] == [first["id"]]


async def test_the_same_address_in_another_partnership_is_somebody_else(
    platform: Platform, partnership: Partnership
) -> None:
    other = await platform.found()
    body = {"display_name": "One", "email": f"{new_id()}@example.org"}
    assert (await partnership.admin.post("/v1/people", body)).status_code == 201
    assert (await other.admin.post("/v1/people", body)).status_code == 201


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a b@example.org", "a@@example.org", "a@example.org\n"])
async def test_what_is_no_address_is_refused_without_being_repeated(partnership: Partnership, email: str) -> None:
    answer = await partnership.admin.post("/v1/people", {"display_name": "X", "email": email + "@"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/email"
    assert "example" not in answer.text


async def test_staff_see_names_but_no_addresses_and_volunteers_see_only_themselves(
    platform: Platform, partnership: Partnership
) -> None:
    scheme = await platform.organisation(partnership)
    coordinator = await platform.person(partnership, scheme, Role.COORDINATOR)
    volunteer = await platform.person(partnership, scheme, Role.VOLUNTEER)
    staff, alone = await platform.sign_in(coordinator), await platform.sign_in(volunteer)
    seen = (await staff.get(f"/v1/people/{volunteer.id}")).json()
    assert (seen["display_name"], seen["email"], seen["has_password"]) == ("Ada Example", None, None)
    assert (await staff.get("/v1/people")).status_code == 200
    assert (await alone.get("/v1/people")).status_code == 403
    assert (await alone.get(f"/v1/people/{coordinator.id}")).status_code == 404
    assert (await alone.get(f"/v1/people/{volunteer.id}")).json()["email"] == volunteer.email


async def test_me_says_who_and_for_whom(platform: Platform, partnership: Partnership) -> None:
    scheme = await platform.organisation(partnership)
    person = await platform.person(partnership, scheme, Role.PROJECT_MANAGER)
    me = (await (await platform.sign_in(person)).get("/v1/people/me")).json()
    assert me["person"]["id"] == str(person.id)
    assert me["organisation"]["id"] == str(scheme)
    assert me["partnership"]["id"] == str(partnership.id)
    assert me["roles"] == ["project_manager"]
    assert (await partnership.admin.get("/v1/people/me")).status_code == 404


@pytest.mark.parametrize(
    ("kind", "role", "allowed"),
    [
        ("scheme", Role.COORDINATOR, True),
        ("la", Role.SOCIAL_WORKER, True),
        ("statutory", Role.LEAD_PRACTITIONER, True),
        ("vcs", Role.VCS_MEMBER, True),
        ("faith", Role.ADVOCATE, True),
        ("scheme", Role.SOCIAL_WORKER, False),
        ("la", Role.VOLUNTEER, False),
        ("vcs", Role.ADMIN, False),
        ("faith", Role.AUDITOR, False),
        ("scheme", Role.WORKER, False),
        ("scheme", Role.INTAKE, False),
        ("scheme", Role.PARTNER_SYSTEM, False),
    ],
)
async def test_an_organisation_gives_only_the_roles_of_its_kind(
    platform: Platform, partnership: Partnership, kind: str, role: Role, allowed: bool
) -> None:
    organisation = partnership.authority if kind == "la" else await platform.organisation(partnership, kind)
    person = await _registered(partnership)
    body = {"organisation": str(organisation), "roles": [role]}
    answer = await partnership.admin.post(f"/v1/people/{person}/memberships", body)
    assert answer.status_code == (201 if allowed else 422)
    if not allowed:
        assert answer.json()["errors"][0]["code"] == "role-not-for-organisation"


@pytest.mark.parametrize("other", [Role.ADMIN, Role.DPO])
async def test_an_auditor_holds_nothing_that_an_auditor_reviews(
    platform: Platform, partnership: Partnership, other: Role
) -> None:
    scheme, person = await platform.organisation(partnership), await _registered(partnership)
    path = f"/v1/people/{person}/memberships"
    both = {"organisation": str(scheme), "roles": [Role.AUDITOR, other]}
    assert (await partnership.admin.post(path, both)).json()["errors"][0]["code"] == "roles-exclude"
    assert (await partnership.admin.post(path, both | {"roles": [Role.AUDITOR]})).status_code == 201
    elsewhere = {"organisation": str(partnership.authority), "roles": [other]}
    assert (await partnership.admin.post(path, elsewhere)).json()["errors"][0]["code"] == "roles-exclude"


async def test_one_membership_at_a_time_in_an_organisation(platform: Platform, partnership: Partnership) -> None:
    scheme, person = await platform.organisation(partnership), await _registered(partnership)
    path, now = f"/v1/people/{person}/memberships", datetime.now(UTC)
    body = {"organisation": str(scheme), "roles": [Role.TRAINER], "to": (now + timedelta(days=1)).isoformat()}
    first = await partnership.admin.post(path, body)
    assert first.status_code == 201
    again = await partnership.admin.post(path, body)
    assert (again.status_code, again.json()["id"]) == (409, first.json()["id"])
    later = {"organisation": str(scheme), "roles": [Role.TRAINER], "from": body["to"]}
    assert (await partnership.admin.post(path, later)).status_code == 201
    wrong = body | {"from": (now + timedelta(days=2)).isoformat()}
    assert (await partnership.admin.post(path, wrong)).json()["errors"][0]["pointer"] == "/to"


async def test_a_membership_ends_once_and_with_its_etag(platform: Platform, partnership: Partnership) -> None:
    scheme = await platform.organisation(partnership)
    person = await platform.person(partnership, scheme, Role.COORDINATOR)
    path = f"/v1/people/{person.id}/memberships/{person.memberships[0]['id']}/end"
    assert (await partnership.admin.post(path)).status_code == 428
    assert (await partnership.admin.post(path, match=7)).status_code == 412
    ended = await partnership.admin.post(path, match=1)
    assert (ended.status_code, ended.json()["to"] is not None) == (200, True)
    again = await partnership.admin.post(path, match=2)
    assert (again.status_code, again.json()["type"].rsplit("/")[-1]) == (409, "illegal-move")
    assert (await platform.enter(person.email, PASSWORD)).status_code == 400


async def test_a_membership_that_has_not_begun_gives_no_entry(platform: Platform, partnership: Partnership) -> None:
    scheme, person = await platform.organisation(partnership), await _registered(partnership)
    start = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"organisation": str(scheme), "roles": [Role.TRAINER], "from": start}
    made = (await partnership.admin.post(f"/v1/people/{person}/memberships", body)).json()
    email = (await partnership.admin.get(f"/v1/people/{person}")).json()["email"]
    somebody = Person(person, email)
    assert (await platform.invite_and_set(partnership, somebody, PASSWORD)).status_code == 200
    assert (await platform.enter(email, PASSWORD)).status_code == 400
    ended = await partnership.admin.post(f"/v1/people/{person}/memberships/{made['id']}/end", match=1)
    assert ended.json()["to"] == ended.json()["from"]


async def test_membership_events_name_ids_only(platform: Platform, partnership: Partnership) -> None:
    scheme = await platform.organisation(partnership)
    person = await platform.person(partnership, scheme, Role.COORDINATOR)
    async with platform.parts.worker.engine.connect() as connection:
        query = text("SELECT headers->>'ce_type' AS type, data FROM outbox WHERE partnership_id = :p ORDER BY seq")
        rows = (await connection.execute(query, {"p": partnership.id})).all()
    assert [row.type for row in rows] == ["circle.membership.started.v1"]
    assert str(person.id) in rows[0].data
    assert "Ada" not in rows[0].data
    assert "@" not in rows[0].data


async def test_another_partnerships_people_are_not_there(platform: Platform, partnership: Partnership) -> None:
    person = await _registered(partnership)
    other = await platform.found()
    body = {"organisation": str(other.authority), "roles": [Role.ADMIN]}
    for answer in (
        await other.admin.get(f"/v1/people/{person}"),
        await other.admin.post(f"/v1/people/{person}/invitations"),
        await other.admin.post(f"/v1/people/{person}/sign-outs"),
        await other.admin.post(f"/v1/people/{person}/memberships", body),
    ):
        assert answer.status_code == 404
    mine = {"organisation": str(other.authority), "roles": [Role.SOCIAL_WORKER]}
    assert (await partnership.admin.post(f"/v1/people/{person}/memberships", mine)).status_code == 404


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PROJECT_MANAGER, Role.VOLUNTEER, Role.ANALYST, Role.TRAINER])
async def test_only_administrators_change_anything(platform: Platform, partnership: Partnership, role: Role) -> None:
    scheme = await platform.organisation(partnership)
    caller = await platform.sign_in(await platform.person(partnership, scheme, role))
    person = await _registered(partnership)
    for path, body in _changes(str(person), str(scheme)):
        assert (await caller.post(path, body, match=1)).status_code == 403, path


def _changes(person: str, organisation: str) -> list[tuple[str, object]]:
    membership = {"organisation": organisation, "roles": ["admin"]}
    client = {"organisation": organisation, "name": "Mine", "kind": "administration"}
    return [
        ("/v1/organisations", {"name": "Mine", "kind": "vcs"}),
        (f"/v1/organisations/{organisation}/change", {"name": "Mine"}),
        ("/v1/people", {"display_name": "Me", "email": "me@example.org"}),
        (f"/v1/people/{person}/change", {"display_name": "Me", "email": "me@example.org"}),
        (f"/v1/people/{person}/invitations", None),
        (f"/v1/people/{person}/sign-outs", None),
        (f"/v1/people/{person}/memberships", membership),
        (f"/v1/people/{person}/external-identities", {"issuer": "x", "subject": "me"}),
        ("/v1/clients", client),
        (f"/v1/clients/{person}/revoke", None),
        (f"/v1/clients/{person}/rotate-secret", {}),
    ]


async def test_changing_the_address_changes_with_what_one_signs_in(
    platform: Platform, partnership: Partnership
) -> None:
    scheme = await platform.organisation(partnership)
    person = await platform.person(partnership, scheme, Role.COORDINATOR)
    path, email = f"/v1/people/{person.id}", f"{new_id()}@example.org"
    tag = (await partnership.admin.get(path)).headers["etag"]
    body = {"display_name": "Ada Other", "email": email}
    changed = await partnership.admin.post(f"{path}/change", body, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["display_name"]) == (200, "Ada Other")
    assert (await platform.enter(person.email, PASSWORD)).status_code == 400
    assert (await platform.enter(email, PASSWORD)).status_code == 303


async def test_a_page_leads_to_the_next_and_ends(partnership: Partnership) -> None:
    people = {str(await _registered(partnership)) for _ in range(3)}
    first = (await partnership.admin.get("/v1/people", params={"limit": 2})).json()
    second = (await partnership.admin.get("/v1/people", params={"limit": 2, "cursor": first["next"]})).json()
    assert {one["id"] for one in first["items"] + second["items"]} == people
    assert second["next"] is None
    assert (await partnership.admin.get("/v1/people", params={"cursor": "nonsense"})).status_code == 422


async def test_every_look_at_a_person_is_in_the_audit(platform: Platform, partnership: Partnership) -> None:
    person = await _registered(partnership)
    await partnership.admin.get(f"/v1/people/{person}")
    entries = await _audit(platform, partnership)
    assert any("GET /v1/people/{person_id}" in entry and str(person) in entry for entry in entries)


async def _audit(platform: Platform, partnership: Partnership) -> list[str]:
    async with platform.parts.worker.engine.connect() as connection:
        query = text("SELECT entry FROM audit_log WHERE partnership_id = :p")
        return [str(row.entry) for row in await connection.execute(query, {"p": partnership.id})]


async def _registered(partnership: Partnership) -> UUID:
    body = {"display_name": "Ada Example", "email": f"{new_id()}@example.org"}
    answer = await partnership.admin.post("/v1/people", body)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])
