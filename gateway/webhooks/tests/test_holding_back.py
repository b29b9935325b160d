"""When not to send, and who goes first: urgency, isolation, access that is gone, endpoints paused or given up."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aiohttp import web

from gateway.webhooks.sender import Width
from gateway.webhooks.tests.receiver import Receiver, receiving
from gateway.webhooks.tests.scene import Scene
from gateway.webhooks.tests.sending import Sending

A_LITTLE = timedelta(seconds=1)


async def delivery(scene: Scene, event: UUID) -> Any:
    (row,) = await scene.rows("SELECT * FROM deliveries WHERE event_id = :event", event=event)
    return row


async def due(scene: Scene, event: UUID) -> None:
    """Let the delivery be due now, as if its wait were over."""
    await scene.execute("UPDATE deliveries SET due_at = now() WHERE event_id = :event", event=event)


async def test_concerns_go_ahead_of_everything(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url)
    others = [await scene.triaged() for _ in range(20)]
    concern = await scene.concern()
    sending.width = Width(connections=1, per_endpoint=1, rest_seconds=0)
    await sending.at()
    assert receiver.ids[0] == concern
    assert sorted(receiver.ids[1:]) == sorted(others)


async def test_a_concern_does_not_wait_behind_deliveries_that_hang(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url)
    for _ in range(10):
        await scene.triaged()
    receiver.hangs()
    sending.width = Width(connections=2, per_endpoint=2, rest_seconds=0)
    sender = sending.sender()
    await sender.round(datetime.now(UTC))
    await asyncio.wait_for(receiver.started.wait(), 5)
    concern = await scene.concern()
    await sender.round(datetime.now(UTC))
    async with asyncio.timeout(0.9):
        await receiver.has(lambda: concern in receiver.ids)
    await sender.drain()


async def test_410_disables_the_endpoint_once_and_its_owner_hears_of_it(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    event = await scene.triaged()
    receiver.answers(410)
    await sending.at()
    shown = (await scene.system().get(f"/v1/webhook-endpoints/{endpoint['id']}")).json()
    assert shown["state"] == "disabled"
    assert shown["version"] == endpoint["version"] + 1
    told = await scene.running.outbox(scene.partnership)
    assert [kind for kind, _ in told] == ["circle.webhook-endpoint.disabled.v1"]
    history = await scene.rows(
        "SELECT * FROM status_history WHERE subject_id = :id ORDER BY recorded_at", id=UUID(endpoint["id"])
    )
    assert [(row.from_status, row.to_status, row.reason_code) for row in history] == [
        (None, "enabled", None),
        ("enabled", "disabled", "gone"),
    ]
    await sending.at(timedelta(days=2))
    assert receiver.ids == [event]


async def test_an_endpoint_that_fails_for_five_days_is_disabled(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    receiver.answers(500)
    await scene.triaged()
    await sending.at()
    for age, state in ((timedelta(days=4, hours=23), "enabled"), (timedelta(days=5), "disabled")):
        await scene.execute(
            "UPDATE webhook_endpoints SET failing_since = :since WHERE id = :id",
            since=datetime.now(UTC) - age,
            id=UUID(endpoint["id"]),
        )
        await scene.triaged()
        await sending.at()
        shown = (await scene.system().get(f"/v1/webhook-endpoints/{endpoint['id']}")).json()
        assert shown["state"] == state
    history = await scene.rows(
        "SELECT reason_code FROM status_history WHERE to_status = 'disabled' AND subject_id = :id",
        id=UUID(endpoint["id"]),
    )
    assert [row.reason_code for row in history] == ["failing"]


async def test_a_disabled_endpoint_keeps_its_concerns_and_gets_them_first_when_it_is_back(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    receiver.answers(410)
    before = await scene.concern()
    await sending.at()
    during = await scene.concern()
    missed = await scene.triaged()
    await sending.at()
    assert await scene.states() == {before: "pending", during: "pending"}
    receiver.answers(204)
    receiver.requests.clear()
    path = f"/v1/webhook-endpoints/{endpoint['id']}"
    answer = await scene.system().post(f"{path}/resume", match=endpoint["version"] + 1)
    assert answer.status_code == 200, answer.text
    after = await scene.triaged()
    sending.width = Width(connections=1, per_endpoint=1, rest_seconds=0)
    await sending.at()
    assert sorted(receiver.ids[:2]) == sorted([before, during])
    assert receiver.ids[2:] == [after]
    assert (await scene.system().post(f"{path}/replay-missing")).json()["queued"] == 1
    await sending.at()
    assert receiver.ids[3:] == [missed]


async def test_a_paused_endpoint_gets_nothing_and_everything_when_it_goes_on(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    before = await scene.triaged()
    path = f"/v1/webhook-endpoints/{endpoint['id']}"
    paused = await scene.system().post(f"{path}/pause", match=1)
    assert (paused.status_code, paused.json()["state"]) == (200, "paused")
    during = await scene.triaged()
    await sending.at()
    assert receiver.ids == []
    assert (await scene.system().post(f"{path}/resume", match=2)).status_code == 200
    await sending.at()
    assert sorted(receiver.ids) == sorted([before, during])


async def test_an_endpoint_that_hangs_does_not_slow_another(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la, scheme=scene.scheme)
    async with receiving() as hanging:
        hanging.hangs()
        await scene.endpoint(hanging.url, organisation=scene.scheme)
        await scene.endpoint(receiver.url)
        for _ in range(40):
            await scene.triaged(scene.la, scene.scheme)
        sender = sending.sender()
        task = asyncio.create_task(sender.run())
        started = asyncio.get_running_loop().time()
        async with asyncio.timeout(0.95):  # less than the one second after which the hanging attempts end
            await receiver.has(lambda: len(receiver.ids) >= 40)
        assert asyncio.get_running_loop().time() - started < 0.95
        assert 1 <= len(hanging.requests) <= sending.width.per_endpoint
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sender.drain()


async def test_a_receiver_that_fails_is_tried_one_at_a_time(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url)
    for _ in range(30):
        await scene.triaged()
    most = now = 0

    async def failing() -> web.Response:
        nonlocal most, now
        now += 1
        most = max(most, now if len(receiver.requests) > 8 else 0)
        await asyncio.sleep(0.01)
        now -= 1
        return web.Response(status=500)

    receiver.answer = failing
    await sending.at()
    assert len(set(receiver.ids)) == 30
    assert most == 1


async def test_access_gone_before_sending_withholds_the_delivery(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la, partner=scene.partner)
    await scene.endpoint(receiver.url, organisation=scene.partner)
    event = await scene.triaged(scene.partner)
    await scene.grant(la=scene.la)
    await sending.at(timedelta(minutes=1))
    assert receiver.requests == []
    assert await scene.states() == {event: "withheld"}


async def test_access_gone_between_two_tries_withholds_the_delivery(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la, partner=scene.partner)
    await scene.endpoint(receiver.url, organisation=scene.partner)
    event = await scene.triaged(scene.partner)
    receiver.answers(500)
    await sending.at()
    assert len(receiver.requests) == 1
    await scene.grant(la=scene.la)
    await sending.at(timedelta(hours=1))
    assert len(receiver.requests) == 1
    assert await scene.states() == {event: "withheld"}


async def test_access_gone_while_a_delivery_waits_in_its_lane_withholds_it(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la, partner=scene.partner)
    await scene.endpoint(receiver.url, organisation=scene.partner)
    first, second = await scene.triaged(scene.partner), await scene.triaged(scene.partner)
    release = asyncio.Event()

    async def slow() -> web.Response:
        await release.wait()
        return web.Response(status=204)

    receiver.answer = slow
    sending.width = Width(connections=1, per_endpoint=1, rest_seconds=0)
    sending.poster = type(sending.poster)(sending.poster.rules, 10.0)
    sender = sending.sender()
    await sender.round(datetime.now(UTC))
    await asyncio.wait_for(receiver.started.wait(), 5)
    await scene.grant(la=scene.la)
    await asyncio.sleep(2.1)
    release.set()
    await sender.idle()
    await sending.poster.close()
    assert receiver.ids == [first]
    await sending.at(timedelta(minutes=1))
    assert await scene.states() == {first: "delivered", second: "withheld"}


async def test_a_grant_that_comes_a_moment_after_its_event_is_waited_for(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url, organisation=scene.partner)
    event = await scene.triaged(scene.partner)
    await sending.at()
    assert await scene.states() == {event: "pending"}
    await scene.grant(la=scene.la, partner=scene.partner)
    await sending.at(timedelta(seconds=2))
    assert receiver.ids == [event]


async def test_a_case_of_which_nothing_is_known_yet_is_waited_for(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.endpoint(receiver.url)
    event = await scene.triaged()
    await sending.at(timedelta(hours=1))
    assert await scene.states() == {event: "pending"}
    assert receiver.requests == []
    await sending.at(timedelta(hours=25))
    assert await scene.states() == {event: "withheld"}
