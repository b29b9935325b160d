"""From the stored event to the receiver: signed, to those who may know, tried again on schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from aiohttp import web

from gateway.webhooks.domain import SCHEDULE
from gateway.webhooks.tests.receiver import Receiver
from gateway.webhooks.tests.scene import Scene
from gateway.webhooks.tests.sending import Sending
from shared.ids import new_id

A_LITTLE = timedelta(seconds=1)


async def delivery(scene: Scene, event: UUID) -> Any:
    (row,) = await scene.rows("SELECT * FROM deliveries WHERE event_id = :event", event=event)
    return row


async def due(scene: Scene, event: UUID) -> None:
    """Let the delivery be due now, as if its wait were over."""
    await scene.execute("UPDATE deliveries SET due_at = now() WHERE event_id = :event", event=event)


async def test_an_event_arrives_signed_thin_and_under_its_own_id(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url, "circle.referral.*")
    event = await scene.triaged()
    await sending.at()
    assert receiver.ids == [event]
    (told,) = receiver.verified(endpoint["secret"])
    assert (told["id"], told["type"]) == (str(event), "circle.referral.triaged.v1")
    assert told["data"]["detail"].startswith("/v1/referrals/")
    assert "audience" not in orjson.dumps(told).decode()
    row = await delivery(scene, event)
    assert (row.state, row.tries) == ("delivered", 1)
    (attempt,) = await scene.rows("SELECT * FROM attempts WHERE event_id = :event", event=event)
    assert (attempt.number, attempt.outcome, attempt.status) == (1, "ok", 204)
    await sending.at(timedelta(days=30))
    assert receiver.ids == [event]


async def test_what_is_sent_is_what_the_feed_shows(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url)
    event = await scene.triaged()
    await sending.at()
    (row,) = await scene.rows("SELECT document FROM feed WHERE id = :event", event=event)
    assert receiver.requests[0][1] == row.document.encode()


async def test_a_body_stays_below_twenty_kilobytes(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    await scene.accepted(children=3)
    await scene.accepted(children=2000)
    await sending.at()
    small, large = receiver.verified(endpoint["secret"])
    assert len(small["data"]["children"]) == 3
    assert "children" not in large["data"]
    assert large["data"]["detail"]
    assert all(len(body) < 20_000 for _, body in receiver.requests)


@pytest.mark.parametrize("types", [["circle.match.*"], ["circle.referral.accepted.v1"], ["circle.concern.*"]])
async def test_what_was_not_subscribed_to_is_not_queued(scene: Scene, receiver: Receiver, types: list[str]) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url, *types)
    await scene.triaged()
    assert await scene.states() == {}


@pytest.mark.parametrize("name", ["*", "circle.*", "circle.referral.*", "circle.referral.triaged.v1"])
async def test_each_way_to_subscribe(scene: Scene, receiver: Receiver, name: str) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url, name)
    event = await scene.triaged()
    assert await scene.states() == {event: "pending"}


async def test_only_organisations_in_the_audience_are_told(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la, scheme=scene.scheme, partner=scene.partner)
    own = await scene.endpoint(receiver.url)
    await scene.endpoint(receiver.url, organisation=scene.partner)
    await scene.triaged(scene.la)
    await sending.at()
    assert len(receiver.requests) == 1
    receiver.verified(own["secret"])


async def test_a_failure_is_tried_again_on_schedule_under_the_same_id(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    event = await scene.triaged()
    receiver.answers(500)
    for tries, wait in enumerate(SCHEDULE[1:], start=1):
        before = datetime.now(UTC)
        await sending.at()
        row = await delivery(scene, event)
        assert (row.state, row.tries) == ("pending", tries)
        assert wait * 0.9 <= row.due_at - before <= wait * 1.1 + timedelta(seconds=5)
        await sending.at()
        assert len(receiver.requests) == tries
        await due(scene, event)
    await sending.at()
    row = await delivery(scene, event)
    assert (row.state, row.tries) == ("failed", 10)
    await sending.at(timedelta(days=9))
    assert set(receiver.ids) == {event}
    assert len(receiver.ids) == 10
    assert len({headers["webhook-signature"] for headers, _ in receiver.requests}) >= 1
    receiver.verified(endpoint["secret"])


async def test_a_receiver_that_recovers_gets_it(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url)
    event = await scene.triaged()
    receiver.answers(503)
    await sending.at()
    receiver.answers(200)
    await sending.at(timedelta(seconds=10))
    assert (await delivery(scene, event)).state == "delivered"
    (row,) = await scene.rows("SELECT failing_since FROM webhook_endpoints WHERE partnership_id = circle_partnership()")
    assert row.failing_since is None


@pytest.mark.parametrize(("given", "least", "most"), [("3600", 3600, 3605), ("999999999", 86400, 86405), ("0", 4, 11)])
async def test_retry_after_is_honoured_and_clamped(
    scene: Scene, receiver: Receiver, sending: Sending, given: str, least: int, most: int
) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url)
    event = await scene.triaged()
    receiver.answers(429, Retry_After=given)
    before = datetime.now(UTC)
    await sending.at()
    wait = (await delivery(scene, event)).due_at - before
    assert timedelta(seconds=least) <= wait <= timedelta(seconds=most)


async def test_both_secrets_sign_while_they_overlap(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    path = f"/v1/webhook-endpoints/{endpoint['id']}/rotate-secret"
    rotated = (await scene.system().post(path, match=1)).json()
    await scene.triaged()
    await sending.at()
    receiver.verified(endpoint["secret"])
    receiver.verified(rotated["secret"])
    (headers, _) = receiver.requests[0]
    assert headers["webhook-signature"].count("v1,") == 2
    await scene.execute(
        "UPDATE webhook_endpoints SET former_until = now() - interval '1 second' WHERE id = :id",
        id=UUID(endpoint["id"]),
    )
    await scene.triaged()
    await sending.at()
    assert receiver.requests[1][0]["webhook-signature"].count("v1,") == 1


async def test_nothing_that_a_receiver_says_is_kept(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url)
    word = new_id().hex

    async def talks() -> web.Response:
        return web.Response(status=400, text=word, headers={"X-Reason": word})

    receiver.answer = talks
    await scene.triaged()
    await sending.at()
    for table in ("deliveries", "attempts", "webhook_endpoints"):
        for row in await scene.rows(f"SELECT * FROM {table} WHERE partnership_id = circle_partnership()"):  # noqa: S608 - fixed names
            assert word not in str(row)
