"""Deliveries over HTTP: ping, replay of one, a range and all missing, lists, health."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.webhooks.tests.receiver import Receiver
from gateway.webhooks.tests.scene import Scene
from gateway.webhooks.tests.sending import Sending
from shared.auth import Role

BASE = "/v1/webhook-endpoints"
URL = "https://example.org/hook"


def path_of(endpoint: dict[str, Any], *more: str) -> str:
    return "/".join([BASE, endpoint["id"], *more])


async def test_a_ping_is_a_signed_delivery_with_attempts_to_look_at(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    endpoint = await scene.endpoint(receiver.url, "circle.match.*")
    pinged = await scene.system().post(path_of(endpoint, "ping"))
    assert pinged.status_code == 202
    assert pinged.json()["state"] == "pending"
    await sending.at()
    (told,) = receiver.verified(endpoint["secret"])
    assert told["type"] == "circle.webhook-endpoint.pinged.v1"
    assert told["data"]["webhook_endpoint"] == endpoint["id"]
    (shown,) = (await scene.system().get(path_of(endpoint, "deliveries"))).json()["items"]
    assert (shown["event"], shown["state"]) == (pinged.json()["event"], "delivered")
    attempts = (await scene.system().get(path_of(endpoint, "attempts"), params={"event": shown["event"]})).json()
    assert [(one["number"], one["outcome"], one["status"]) for one in attempts["items"]] == [(1, "ok", 204)]


async def test_a_paused_endpoint_is_not_pinged(scene: Scene) -> None:
    endpoint = await scene.endpoint(URL)
    await scene.system().post(path_of(endpoint, "pause"), match=1)
    answer = await scene.system().post(path_of(endpoint, "ping"))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/endpoint-not-enabled")


async def test_one_delivery_is_sent_again_under_the_same_id(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    event = await scene.triaged()
    await sending.at()
    answer = await scene.system().post(path_of(endpoint, "deliveries", str(event), "replay"))
    assert (answer.status_code, answer.json()["state"], answer.json()["tries"]) == (202, "pending", 0)
    await sending.at()
    assert receiver.ids == [event, event]
    attempts = (await scene.system().get(path_of(endpoint, "attempts"))).json()["items"]
    assert len(attempts) == 2


async def test_replay_of_one_is_refused_when_access_is_gone(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la, partner=scene.partner)
    endpoint = await scene.endpoint(receiver.url, organisation=scene.partner)
    event = await scene.triaged(scene.partner)
    await sending.at()
    await scene.grant(la=scene.la)
    system = scene.system(scene.partner)
    answer = await system.post(path_of(endpoint, "deliveries", str(event), "replay"))
    assert answer.status_code == 404
    assert (await system.get(path_of(endpoint, "deliveries"))).json()["items"] == []
    await sending.at(timedelta(minutes=1))
    assert receiver.ids == [event]


async def test_replay_of_a_range_sends_again_what_may_be_seen_now(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la, partner=scene.partner)
    endpoint = await scene.endpoint(receiver.url, "circle.referral.*", organisation=scene.partner)
    event = await scene.triaged(scene.partner, scene.la)
    await scene.triaged(scene.la)
    await sending.at()
    system, since = scene.system(scene.partner), datetime.now(UTC) - timedelta(minutes=5)
    asked = {"since": since.isoformat(), "until": (since + timedelta(minutes=1)).isoformat()}
    assert (await system.post(path_of(endpoint, "replay"), asked)).json()["queued"] == 0
    answer = await system.post(path_of(endpoint, "replay"), {"since": since.isoformat()})
    assert (answer.status_code, answer.json()) == (202, {"queued": 1, "more": False})
    await sending.at()
    assert receiver.ids == [event, event]
    await scene.grant(la=scene.la)
    assert (await system.post(path_of(endpoint, "replay"), {"since": since.isoformat()})).json()["queued"] == 0


async def test_access_that_goes_after_a_replay_was_asked_for_withholds_it(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la, partner=scene.partner)
    endpoint = await scene.endpoint(receiver.url, organisation=scene.partner)
    event = await scene.triaged(scene.partner)
    await sending.at()
    await scene.system(scene.partner).post(path_of(endpoint, "deliveries", str(event), "replay"))
    await scene.grant(la=scene.la)
    await sending.at(timedelta(minutes=1))
    assert receiver.ids == [event]
    assert await scene.states() == {event: "withheld"}


async def test_missing_ones_are_those_never_delivered(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    before = await scene.triaged()
    endpoint = await scene.endpoint(receiver.url)
    delivered, failed, never = await scene.triaged(), await scene.triaged(), await scene.triaged()
    await sending.at()
    await scene.execute("UPDATE deliveries SET state = 'failed' WHERE event_id = :event", event=failed)
    await scene.execute("DELETE FROM deliveries WHERE event_id = :event", event=never)
    pending = await scene.triaged()
    receiver.requests.clear()
    answer = await scene.system().post(path_of(endpoint, "replay-missing"))
    assert (answer.status_code, answer.json()["queued"]) == (202, 2)
    await sending.at()
    assert sorted(receiver.ids) == sorted([failed, never, pending])
    earlier = {"since": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    assert (await scene.system().post(path_of(endpoint, "replay-missing"), earlier)).json()["queued"] == 1
    await sending.at()
    assert receiver.ids[-1] == before
    assert delivered not in receiver.ids


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"since": "9999-12-31T23:59:59-14:00"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
    ],
)
async def test_bad_ranges_are_refused(scene: Scene, body: dict[str, str]) -> None:
    endpoint = await scene.endpoint(URL)
    answer = await scene.system().post(path_of(endpoint, "replay"), body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation")


async def test_deliveries_are_listed_by_state_in_pages_newest_first(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    told = [str(await scene.triaged()) for _ in range(3)]
    await sending.at()
    waiting = str(await scene.triaged())
    system = scene.system()
    first = (await system.get(path_of(endpoint, "deliveries"), params={"limit": 2})).json()
    rest = (await system.get(path_of(endpoint, "deliveries"), params={"cursor": first["next"]})).json()
    assert [one["event"] for one in first["items"] + rest["items"]] == [waiting, *reversed(told)]
    pending = (await system.get(path_of(endpoint, "deliveries"), params={"state": "pending"})).json()
    assert [one["event"] for one in pending["items"]] == [waiting]
    assert (await system.get(path_of(endpoint, "deliveries"), params={"state": "lost"})).status_code == 422


async def test_health_counts_what_waits_in_the_whole_partnership(scene: Scene, receiver: Receiver) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    before = datetime.now(UTC)
    await scene.concern()
    await scene.triaged()
    health = (await scene.as_(Role.ADMIN, organisation=scene.scheme).get(f"{BASE}/health")).json()
    assert (health["pending"], health["urgent_pending"]) == (2, 1)
    assert before <= datetime.fromisoformat(health["oldest_undelivered_at"]) <= datetime.now(UTC)
    (one,) = health["endpoints"]
    assert (one["id"], one["organisation"], one["state"]) == (endpoint["id"], str(scene.la), "enabled")
    assert (one["pending"], one["urgent_pending"], one["failed"]) == (2, 1, 0)
    assert (await scene.system().get(f"{BASE}/health")).status_code == 403
