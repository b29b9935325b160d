"""Partnerships: founded by the platform, changed by their own administrators, apart from each other."""

from gateway.identity.tests.platform import Partnership, Platform
from shared.auth import Role
from shared.ids import new_id


def _body(name: str) -> dict[str, object]:
    return {"name": name, "scheme_name": "A scheme", "local_authority": "Council", "settings": {"places_a_year": 50}}


async def test_a_platform_administrator_founds_a_partnership_with_its_authority_and_administrator(
    platform: Platform,
) -> None:
    root = await platform.root()
    name = f"Southend {new_id()}"
    answer = await root.post("/v1/partnerships", _body(name))
    assert answer.status_code == 201
    made = answer.json()
    assert made["partnership"]["settings"]["places_a_year"] == 50
    assert made["local_authority"]["kind"] == "la"
    assert made["administrator"]["roles"] == ["admin"]
    admin = platform.bearer(await platform.token(made["administrator"]["id"], made["client_secret"]))
    seen = (await admin.get("/v1/partnerships")).json()["items"]
    assert [one["name"] for one in seen] == [name]


async def test_a_name_founded_twice_is_refused_with_the_id_that_is_there(
    platform: Platform, partnership: Partnership
) -> None:
    answer = await (await platform.root()).post("/v1/partnerships", _body(partnership.name))
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/already-registered")
    assert answer.json()["id"] == str(partnership.id)


async def test_an_administrator_of_a_partnership_founds_none_and_appoints_nobody(partnership: Partnership) -> None:
    assert (await partnership.admin.post("/v1/partnerships", _body(f"X {new_id()}"))).status_code == 403
    path = f"/v1/partnerships/{partnership.id}/administrators"
    assert (await partnership.admin.post(path, {"name": "me too"})).status_code == 403


async def test_a_repeated_request_founds_one_and_shows_no_secret_again(platform: Platform) -> None:
    root, body = await platform.root(), _body(f"Once {new_id()}")
    headers = {"Idempotency-Key": str(new_id())}
    first = await root.post("/v1/partnerships", body, headers=headers)
    again = await root.post("/v1/partnerships", body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["partnership"] == first.json()["partnership"]
    assert first.json()["client_secret"]
    assert "client_secret" not in again.json()


async def test_a_lost_administration_gets_a_new_client_from_the_platform(
    platform: Platform, partnership: Partnership
) -> None:
    path = f"/v1/partnerships/{partnership.id}/administrators"
    answer = await (await platform.root()).post(path, {"name": "Second administration"})
    assert answer.status_code == 201
    token = await platform.token(answer.json()["client"]["id"], answer.json()["client_secret"])
    seen = (await platform.bearer(token).get("/v1/partnerships")).json()["items"]
    assert [one["id"] for one in seen] == [str(partnership.id)]


async def test_settings_change_with_the_etag_that_was_read(partnership: Partnership) -> None:
    path = f"/v1/partnerships/{partnership.id}"
    change = {"scheme_name": "Renamed", "settings": {"places_a_year": 60, "may_refer": [Role.SOCIAL_WORKER]}}
    read = await partnership.admin.get(path)
    assert (await partnership.admin.post(f"{path}/change", change)).status_code == 428
    assert (await partnership.admin.post(f"{path}/change", change, match=99)).status_code == 412
    changed = await partnership.admin.post(f"{path}/change", change, headers={"If-Match": read.headers["etag"]})
    assert changed.status_code == 200
    assert changed.json()["settings"] == {
        "places_a_year": 60,
        "places_for_high_level_cin": None,
        "may_refer": ["social_worker"],
    }
    assert changed.headers["etag"] != read.headers["etag"]


async def test_another_partnership_is_not_there(platform: Platform, partnership: Partnership) -> None:
    other = await platform.found()
    assert (await partnership.admin.get(f"/v1/partnerships/{other.id}")).status_code == 404
    change = {"scheme_name": "Mine now", "settings": {}}
    answer = await partnership.admin.post(f"/v1/partnerships/{other.id}/change", change, headers={"If-Match": "*"})
    assert answer.status_code == 404
    assert (await partnership.admin.get(f"/v1/organisations/{other.authority}")).status_code == 404


async def test_the_platform_sees_every_partnership_but_not_their_organisations(
    platform: Platform, partnership: Partnership
) -> None:
    root = await platform.root()
    assert (await root.get(f"/v1/partnerships/{partnership.id}")).status_code == 200
    assert (await root.get(f"/v1/organisations/{partnership.authority}")).status_code == 404


async def test_nobody_without_a_token_gets_in(platform: Platform) -> None:
    assert (await platform.bearer(None).get("/v1/partnerships")).status_code == 401
