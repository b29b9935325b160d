"""A sender that dies between any two durable steps: nothing is lost, and what comes twice comes under the same id."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.webhooks import queue, results, sender
from gateway.webhooks.queue import LEASE, Claimed, LaneKey
from gateway.webhooks.tests.receiver import Receiver
from gateway.webhooks.tests.scene import Scene
from gateway.webhooks.tests.sending import Sending


async def prepared(scene: Scene, receiver: Receiver) -> tuple[LaneKey, UUID]:
    """An endpoint with one delivery."""
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    return LaneKey(UUID(endpoint["id"]), urgent=False), await scene.triaged()


async def claim(scene: Scene, lane: LaneKey, later: timedelta = timedelta(0)) -> list[Claimed]:
    stock = await queue.claim(scene.running.parts, scene.partnership, {lane: 10}, datetime.now(UTC) + later)
    return stock.get(lane, [])


async def test_killed_after_the_claim_it_is_sent_by_another_when_the_lease_is_over(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    lane, event = await prepared(scene, receiver)
    assert len(await claim(scene, lane)) == 1
    await sending.at()
    await sending.at(LEASE - timedelta(seconds=5))
    assert receiver.ids == []
    await sending.at(LEASE + timedelta(seconds=1))
    assert receiver.ids == [event]
    assert await scene.states() == {event: "delivered"}


async def test_killed_after_sending_it_is_sent_again_under_the_same_id(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    lane, event = await prepared(scene, receiver)
    (claimed,) = await claim(scene, lane)
    assert (await sender.attempt(sending.poster, claimed)).well
    assert await scene.states() == {event: "pending"}
    await sending.at(LEASE + timedelta(seconds=1))
    assert receiver.ids == [event, event]
    assert receiver.requests[0][1] == receiver.requests[1][1]
    assert await scene.states() == {event: "delivered"}


async def test_killed_after_recording_it_is_never_sent_again(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    lane, event = await prepared(scene, receiver)
    (claimed,) = await claim(scene, lane)
    result = await sender.attempt(sending.poster, claimed)
    await results.record(scene.running.parts, [result], datetime.now(UTC))
    await sending.at(timedelta(days=30))
    assert receiver.ids == [event]


async def test_two_senders_never_hold_the_same_delivery(scene: Scene, receiver: Receiver) -> None:
    lane, event = await prepared(scene, receiver)
    first, second = await claim(scene, lane), await claim(scene, lane)
    assert [one.event for one in first] == [event]
    assert second == []


async def test_a_slow_senders_late_failure_does_not_undo_anothers_success(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    lane, event = await prepared(scene, receiver)
    (slow,) = await claim(scene, lane)
    (quick,) = await claim(scene, lane, LEASE + timedelta(seconds=1))
    receiver.answers(500)
    failed = await sender.attempt(sending.poster, slow)
    receiver.answers(200)
    delivered = await sender.attempt(sending.poster, quick)
    for result in (delivered, failed):
        await results.record(scene.running.parts, [result], datetime.now(UTC))
    assert await scene.states() == {event: "delivered"}


async def test_who_lost_the_lease_cannot_give_it_back(scene: Scene, receiver: Receiver) -> None:
    lane, _ = await prepared(scene, receiver)
    slow = await claim(scene, lane)
    assert len(await claim(scene, lane, LEASE + timedelta(seconds=1))) == 1
    await queue.release(scene.running.parts, slow, datetime.now(UTC))
    assert await claim(scene, lane) == []


async def test_what_is_given_back_is_due_at_once(scene: Scene, receiver: Receiver, sending: Sending) -> None:
    lane, event = await prepared(scene, receiver)
    await queue.release(scene.running.parts, await claim(scene, lane), datetime.now(UTC))
    await sending.at()
    assert receiver.ids == [event]


async def test_a_sender_that_stops_gives_back_what_it_did_not_send(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    await scene.endpoint(receiver.url)
    told = [await scene.triaged() for _ in range(20)]
    stopping = sending.sender()
    receiver.hangs()
    await stopping.round(datetime.now(UTC))
    draining = asyncio.create_task(stopping.drain())
    await receiver.has(lambda: bool(receiver.ids))
    receiver.over.set()
    await draining
    sent = len(receiver.ids)
    await sending.at()
    assert sorted(receiver.ids) == sorted(told)
    assert sent < len(told)


@dataclass
class Late:
    """A step that stands still on its way to the database, or on its way back from there."""

    step: Callable[..., Awaitable[Any]]
    is_done: bool
    there: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, *arguments: Any) -> Any:
        done = await self.step(*arguments) if self.is_done else None
        self.there.set()
        await self.go_on.wait()
        return done if self.is_done else await self.step(*arguments)


@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize("step", [(queue, "claim"), (results, "record")], ids=["claims", "records"])
async def test_a_sender_that_is_stopped_while_it_is_at_the_database_leaves_nothing_to_its_lease(
    scene: Scene,
    receiver: Receiver,
    sending: Sending,
    monkeypatch: pytest.MonkeyPatch,
    *,
    step: tuple[Any, str],
    is_done: bool,
) -> None:
    _, event = await prepared(scene, receiver)
    late, stopping = Late(getattr(*step), is_done), sending.sender()
    with monkeypatch.context() as patched:
        patched.setattr(*step, late)
        running = asyncio.create_task(stopping.run())
        await late.there.wait()
        running.cancel()
        await asyncio.sleep(0)
        late.go_on.set()
        await asyncio.wait({running})
    await stopping.drain()
    await sending.at()
    assert await scene.states() == {event: "delivered"}
    await sending.at(LEASE + timedelta(seconds=1))
    assert receiver.ids == [event]


async def test_what_cannot_be_written_down_is_kept(
    scene: Scene, receiver: Receiver, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, event = await prepared(scene, receiver)
    stopping = sending.sender()
    await stopping.round(datetime.now(UTC))
    await receiver.has(lambda: bool(receiver.ids))

    async def silent(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(results, "record", silent)
        with pytest.raises(asyncio.CancelledError):
            await stopping.idle()
    await stopping.drain()
    assert await scene.states() == {event: "delivered"}


async def test_deliveries_are_stored_in_the_events_own_transaction(scene: Scene, receiver: Receiver) -> None:
    _, event = await prepared(scene, receiver)
    (row,) = await scene.rows(
        "SELECT f.xmin::text = d.xmin::text AS same FROM feed f JOIN deliveries d ON d.event_id = f.id"
        " WHERE f.id = :id",
        id=event,
    )
    assert row.same
