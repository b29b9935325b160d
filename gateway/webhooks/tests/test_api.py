"""Webhook endpoints over HTTP: who may, what is shown, what is refused."""

from typing import Any
from uuid import UUID

import pytest

from gateway.webhooks import keys, signing
from gateway.webhooks.tests.receiver import Receiver
from gateway.webhooks.tests.scene import Scene
from gateway.webhooks.tests.sending import Sending
from shared.auth import Role
from shared.consumer import partnership_work
from shared.ids import new_id

BASE = "/v1/webhook-endpoints"
URL = "https://example.org/hook"


def path_of(endpoint: dict[str, Any], *more: str) -> str:
    return "/".join([BASE, endpoint["id"], *more])


async def test_the_secret_is_shown_once_and_never_again(scene: Scene) -> None:
    system, key = scene.system(), {"Idempotency-Key": str(new_id())}
    body = {"url": URL, "event_types": ["circle.match.*"], "description": "case system"}
    created = await system.post(BASE, body, headers=key)
    assert created.status_code == 201
    assert created.headers["Location"] == path_of(created.json())
    assert created.headers["ETag"] == '"1"'
    secret = created.json()["secret"]
    assert secret.startswith("whsec_")
    again = await system.post(BASE, body, headers=key)
    assert again.status_code == 201
    assert again.json()["id"] == created.json()["id"]
    for answer in (again, await system.get(path_of(created.json())), await system.get(BASE)):
        assert secret not in answer.text
        assert "whsec_" not in answer.text


async def test_secrets_are_sealed_at_rest(scene: Scene) -> None:
    endpoint = await scene.endpoint(URL)
    (row,) = await scene.rows("SELECT id, secret FROM webhook_endpoints WHERE id = :id", id=UUID(endpoint["id"]))
    work = partnership_work(scene.running.parts, scene.partnership, "test")
    async with scene.running.parts.worker.open(work) as session:
        own = await keys.found(session, scene.running.parts.ring)
    opened = signing.open_(own, row.id, bytes(row.secret))
    assert signing.shown(opened) == endpoint["secret"]
    assert opened not in bytes(row.secret)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.PARTNER_SYSTEM}])
async def test_every_other_role_is_refused(scene: Scene, role: Role) -> None:
    endpoint = await scene.endpoint(URL)
    caller = scene.as_(role, person=new_id())
    for answer in (
        await caller.get(BASE),
        await caller.get(path_of(endpoint)),
        await caller.get(path_of(endpoint, "deliveries")),
        await caller.get(path_of(endpoint, "attempts")),
        await caller.get(f"{BASE}/health"),
        await caller.post(BASE, {"url": URL, "event_types": ["*"]}),
        await caller.post(path_of(endpoint, "pause"), match=1),
        await caller.post(path_of(endpoint, "resume"), match=1),
        await caller.post(path_of(endpoint, "rotate-secret"), match=1),
        await caller.post(path_of(endpoint, "ping")),
        await caller.post(path_of(endpoint, "replay"), {"since": "2026-01-01T00:00:00Z"}),
        await caller.post(path_of(endpoint, "replay-missing")),
        await caller.post(path_of(endpoint, "deliveries", str(new_id()), "replay")),
        await caller.send("PATCH", path_of(endpoint), json={}, headers={"If-Match": '"1"'}),
    ):
        assert answer.status_code == 403


async def test_another_organisations_endpoint_is_not_there(scene: Scene) -> None:
    endpoint = await scene.endpoint(URL)
    other = scene.system(scene.scheme)
    strangers = scene.running.as_(Role.ADMIN, partnership=new_id(), organisation=scene.la)
    for caller in (other, strangers):
        assert (await caller.get(BASE)).json()["items"] == []
        for answer in (
            await caller.get(path_of(endpoint)),
            await caller.get(path_of(endpoint, "deliveries")),
            await caller.get(path_of(endpoint, "attempts")),
            await caller.post(path_of(endpoint, "pause"), match=1),
            await caller.post(path_of(endpoint, "ping")),
            await caller.post(path_of(endpoint, "replay-missing")),
        ):
            assert answer.status_code == 404


async def test_an_administrator_sees_all_endpoints_and_manages_only_their_own_organisations(scene: Scene) -> None:
    endpoint = await scene.endpoint(URL)
    admin = scene.as_(Role.ADMIN, organisation=scene.scheme)
    assert [one["id"] for one in (await admin.get(BASE)).json()["items"]] == [endpoint["id"]]
    assert (await admin.get(path_of(endpoint))).status_code == 200
    assert (await admin.post(path_of(endpoint, "pause"), match=1)).status_code == 404
    assert (await admin.post(path_of(endpoint, "rotate-secret"), match=1)).status_code == 404


async def test_an_administrator_elsewhere_sees_no_delivery_of_anothers_endpoint(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la, scheme=scene.scheme)
    endpoint = await scene.endpoint(receiver.url)
    await scene.concern()
    await sending.at()
    admin = scene.as_(Role.ADMIN, organisation=scene.scheme)
    assert (await admin.get(path_of(endpoint, "deliveries"))).json()["items"] == []
    assert (await admin.get(path_of(endpoint, "attempts"))).json()["items"] == []
    assert len((await scene.system().get(path_of(endpoint, "deliveries"))).json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "problem", "pointer"),
    [
        ({"event_types": ["*"]}, "validation", "/url"),
        ({"url": URL}, "validation", "/event_types"),
        ({"url": URL, "event_types": []}, "validation", "/event_types"),
        ({"url": URL, "event_types": ["*"], "secret": "mine"}, "validation", "/secret"),
        ({"url": 5, "event_types": ["*"]}, "validation", "/url"),
        ({"url": URL, "event_types": ["*"], "description": "a\x00b"}, "validation", "/description"),
        ({"url": URL, "event_types": ["circle.\x00"]}, "validation", "/event_types/0"),
        ({"url": URL, "event_types": ["circle.nothing.*"]}, "unknown-event-type", "/event_types/0"),
        ({"url": URL, "event_types": ["*", "circle.case-access.changed.v1"]}, "unknown-event-type", "/event_types/1"),
        ({"url": URL, "event_types": ["circle.referral*"]}, "unknown-event-type", "/event_types/0"),
        ({"url": "http://example.org/", "event_types": ["*"]}, "webhook-url-refused", "/url"),
        ({"url": "https://10.0.0.1/", "event_types": ["*"]}, "webhook-url-refused", "/url"),
        ({"url": "https://169.254.169.254/", "event_types": ["*"]}, "webhook-url-refused", "/url"),
        ({"url": "https://u:p@example.org/", "event_types": ["*"]}, "webhook-url-refused", "/url"),
    ],
)
async def test_bad_endpoints_are_refused(scene: Scene, body: dict[str, Any], problem: str, pointer: str) -> None:
    answer = await scene.system().post(BASE, body)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{problem}")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await scene.system().get(BASE)).json()["items"] == []


async def test_an_organisation_may_not_have_endless_endpoints(scene: Scene) -> None:
    for _ in range(20):
        await scene.endpoint(URL)
    answer = await scene.system().post(BASE, {"url": URL, "event_types": ["*"]})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too-many-endpoints")
    await scene.endpoint(URL, organisation=scene.scheme)


async def test_lists_come_in_pages(scene: Scene) -> None:
    made = [(await scene.endpoint(URL))["id"] for _ in range(3)]
    first = (await scene.system().get(BASE, params={"limit": 2})).json()
    rest = (await scene.system().get(BASE, params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made
    assert rest["next"] is None
    bad = await scene.system().get(BASE, params={"cursor": "nonsense"})
    assert (bad.status_code, bad.json()["type"]) == (422, "/problems/bad-cursor")


@pytest.mark.parametrize(
    ("moves", "verb", "status"),
    [
        ([], "pause", 200),
        ([], "resume", 409),
        (["pause"], "pause", 409),
        (["pause"], "resume", 200),
    ],
)
async def test_pausing_and_resuming(scene: Scene, moves: list[str], verb: str, status: int) -> None:
    endpoint = await scene.endpoint(URL)
    for count, move in enumerate(moves, start=1):
        assert (await scene.system().post(path_of(endpoint, move), match=count)).status_code == 200
    answer = await scene.system().post(path_of(endpoint, verb), match=len(moves) + 1)
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["type"] == "/problems/illegal-move"


async def test_a_move_needs_the_version_that_was_read(scene: Scene) -> None:
    endpoint = await scene.endpoint(URL)
    for verb in ("pause", "resume", "rotate-secret"):
        assert (await scene.system().post(path_of(endpoint, verb))).status_code == 428
        assert (await scene.system().post(path_of(endpoint, verb), match=7)).status_code == 412
    assert (await scene.system().get(path_of(endpoint))).json() | {"secret": None} == endpoint | {"secret": None}


async def test_what_is_changed_is_changed_and_the_rest_stays(scene: Scene) -> None:
    endpoint = await scene.endpoint(URL, "circle.match.*")
    headers = {"If-Match": '"1"'}
    changed = await scene.system().send(
        "PATCH", path_of(endpoint), json={"event_types": ["circle.concern.*"]}, headers=headers
    )
    assert changed.status_code == 200
    assert changed.headers["ETag"] == '"2"'
    assert changed.json()["event_types"] == ["circle.concern.*"]
    assert changed.json()["url"] == endpoint["url"]
    refused = await scene.system().send(
        "PATCH", path_of(endpoint), json={"url": "http://10.0.0.1/"}, headers={"If-Match": '"2"'}
    )
    assert refused.json()["type"] == "/problems/webhook-url-refused"


async def test_a_leaked_secret_can_be_dropped_at_once(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    endpoint = await scene.endpoint(receiver.url)
    answer = await scene.system().post(path_of(endpoint, "rotate-secret"), {"overlap_hours": 0}, match=1)
    assert answer.status_code == 200
    assert answer.json()["two_secrets_until"] is None
    assert answer.json()["secret"] != endpoint["secret"]
    await scene.system().post(path_of(endpoint, "ping"))
    await sending.at()
    receiver.verified(answer.json()["secret"])
    assert receiver.requests[0][0]["webhook-signature"].count("v1,") == 1


async def test_what_is_done_to_an_endpoint_is_in_its_history_and_the_audit(scene: Scene) -> None:
    endpoint = await scene.endpoint(URL)
    await scene.system().post(path_of(endpoint, "pause"), match=1)
    await scene.system().post(path_of(endpoint, "rotate-secret"), match=2)
    rows = await scene.rows(
        "SELECT from_status, to_status FROM status_history WHERE subject_id = :id ORDER BY recorded_at",
        id=UUID(endpoint["id"]),
    )
    assert [tuple(row) for row in rows] == [(None, "enabled"), ("enabled", "paused")]
    entries = await scene.rows("SELECT entry FROM audit_log WHERE partnership_id = circle_partnership()")
    assert sum("rotate-secret" in row.entry for row in entries) == 1
    assert not any(endpoint["secret"] in row.entry for row in entries)
