"""Clients and organisations: who may have which, and what happens to their secrets."""

import pytest
from sqlalchemy import text

from gateway.identity.tests.platform import Partnership, Platform
from shared.ids import new_id
from shared.testing import Caller


async def _client(admin: Caller, organisation: object, **other: object) -> dict[str, str]:
    body = {"organisation": str(organisation), "name": f"Client {new_id()}", "kind": "partner"} | other
    answer = await admin.post("/v1/clients", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return {"id": made["client"]["id"], "secret": made["client_secret"], "etag": answer.headers["etag"]}


async def test_a_clients_secret_is_shown_once_and_kept_as_a_digest(
    platform: Platform, partnership: Partnership
) -> None:
    client = await _client(partnership.admin, partnership.authority)
    assert client["secret"].startswith("circle_client_")
    async with platform.parts.app.engine.connect() as connection:
        await connection.execute(text("SELECT set_config('circle.partnership', :p, true)"), {"p": str(partnership.id)})
        row = (await connection.execute(text("SELECT * FROM clients WHERE id = :id"), {"id": client["id"]})).one()
    assert client["secret"] not in repr(row)
    assert client["secret"] not in (await partnership.admin.get(f"/v1/clients/{client['id']}")).text
    assert await platform.token(client["id"], client["secret"])


async def test_a_name_is_one_clients_alone(partnership: Partnership) -> None:
    client = await _client(partnership.admin, partnership.authority, name="Case system")
    body = {"organisation": str(partnership.authority), "name": "Case system", "kind": "partner"}
    answer = await partnership.admin.post("/v1/clients", body)
    assert (answer.status_code, answer.json()["id"]) == (409, client["id"])


@pytest.mark.parametrize(
    ("kind", "roles", "held"),
    [
        ("partner", [], ["partner_system"]),
        ("partner", ["partner_system", "analyst"], ["analyst", "partner_system"]),
        ("intake", [], ["intake"]),
        ("administration", [], ["admin"]),
    ],
)
async def test_a_client_holds_the_roles_of_its_kind(
    partnership: Partnership, kind: str, roles: list[str], held: list[str]
) -> None:
    client = await _client(partnership.admin, partnership.authority, kind=kind, roles=roles)
    assert (await partnership.admin.get(f"/v1/clients/{client['id']}")).json()["roles"] == held


@pytest.mark.parametrize(
    ("kind", "role"),
    [("partner", "admin"), ("partner", "worker"), ("intake", "partner_system"), ("administration", "project_manager")],
)
async def test_a_client_gets_no_role_of_another_kind(partnership: Partnership, kind: str, role: str) -> None:
    body = {"organisation": str(partnership.authority), "name": f"C {new_id()}", "kind": kind, "roles": [role]}
    answer = await partnership.admin.post("/v1/clients", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "role-not-for-client"


@pytest.mark.parametrize("kind", ["vcs", "faith", "statutory"])
async def test_a_member_organisation_administers_nothing(
    platform: Platform, partnership: Partnership, kind: str
) -> None:
    organisation = await platform.organisation(partnership, kind)
    body = {"organisation": str(organisation), "name": f"C {new_id()}", "kind": "administration"}
    assert (await partnership.admin.post("/v1/clients", body)).status_code == 422


async def test_the_kind_worker_is_not_given_away(partnership: Partnership) -> None:
    body = {"organisation": str(partnership.authority), "name": f"C {new_id()}", "kind": "worker"}
    assert (await partnership.admin.post("/v1/clients", body)).status_code == 422


async def test_a_new_secret_replaces_the_old_one_at_once_unless_it_is_kept(
    platform: Platform, partnership: Partnership
) -> None:
    client = await _client(partnership.admin, partnership.authority)
    path = f"/v1/clients/{client['id']}/rotate-secret"
    kept = await partnership.admin.post(path, {"keep_former_seconds": 60}, headers={"If-Match": client["etag"]})
    second = kept.json()["client_secret"]
    assert (await platform.ask_token(client["id"], client["secret"])).status_code == 200
    assert (await platform.ask_token(client["id"], second)).status_code == 200
    gone = await partnership.admin.post(path, {}, headers={"If-Match": kept.headers["etag"]})
    assert (await platform.ask_token(client["id"], second)).status_code == 401
    assert (await platform.ask_token(client["id"], client["secret"])).status_code == 401
    assert (await platform.ask_token(client["id"], gone.json()["client_secret"])).status_code == 200


async def test_a_revoked_client_stays_revoked(platform: Platform, partnership: Partnership) -> None:
    client = await _client(partnership.admin, partnership.authority)
    path = f"/v1/clients/{client['id']}"
    revoked = await partnership.admin.post(f"{path}/revoke", headers={"If-Match": client["etag"]})
    assert revoked.json()["status"] == "revoked"
    assert (await platform.ask_token(client["id"], client["secret"])).status_code == 401
    again = await partnership.admin.post(f"{path}/revoke", headers={"If-Match": revoked.headers["etag"]})
    assert (again.status_code, again.json()["from"], again.json()["to"]) == (409, "revoked", "revoked")
    rotated = await partnership.admin.post(f"{path}/rotate-secret", {}, headers={"If-Match": revoked.headers["etag"]})
    assert rotated.status_code == 409


async def test_another_partnerships_clients_are_not_there(platform: Platform, partnership: Partnership) -> None:
    client, other = await _client(partnership.admin, partnership.authority), await platform.found()
    assert (await other.admin.get(f"/v1/clients/{client['id']}")).status_code == 404
    assert (await other.admin.post(f"/v1/clients/{client['id']}/revoke", match=1)).status_code == 404
    assert (await other.admin.post(f"/v1/clients/{client['id']}/rotate-secret", {}, match=1)).status_code == 404
    body = {"organisation": str(partnership.authority), "name": f"C {new_id()}", "kind": "partner"}
    assert (await other.admin.post("/v1/clients", body)).status_code == 404


async def test_an_organisation_keeps_its_kind_and_has_its_name_alone(
    platform: Platform, partnership: Partnership
) -> None:
    first, second = await platform.organisation(partnership), await platform.organisation(partnership, "vcs")
    read = await partnership.admin.get(f"/v1/organisations/{first}")
    path, tag = f"/v1/organisations/{second}/change", {"If-Match": '"1"'}
    taken = await partnership.admin.post(path, {"name": read.json()["name"]}, headers=tag)
    assert (taken.status_code, taken.json()["id"]) == (409, str(first))
    named = {"name": f"Renamed {new_id()}", "sector": "vcs-network"}
    assert (await partnership.admin.post(path, named, headers=tag)).json()["sector"] == "vcs-network"
    assert (await partnership.admin.post(path, named | {"kind": "la"}, headers=tag)).status_code == 422
    listed = (await partnership.admin.get("/v1/organisations", params={"kind": "vcs"})).json()["items"]
    assert [one["id"] for one in listed] == [str(second)]


async def test_nobody_registers_an_organisation_of_the_platform(partnership: Partnership) -> None:
    assert (await partnership.admin.post("/v1/organisations", {"name": "X", "kind": "platform"})).status_code == 422
