"""The key ring rotates; endpoints' secrets, and cursors that partners keep, stay good."""

import base64
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from gateway.feed.cursors import open_, ring_of, seal
from gateway.webhooks import keys, queue
from gateway.webhooks.queue import LaneKey
from gateway.webhooks.tests.receiver import Receiver
from gateway.webhooks.tests.scene import Scene
from gateway.webhooks.tests.sending import Sending
from shared.crypto import KeyRing
from shared.ids import new_id


def ring(current: str, **named: str) -> KeyRing:
    return KeyRing(json.dumps({"current": current, "keys": named}))


async def test_a_secret_outlives_the_key_that_first_sealed_it(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    parts = scene.running.parts
    old = json.loads(parts.settings.key_ring.get_secret_value())
    fresh = base64.b64encode(os.urandom(32)).decode()
    both = replace(parts, ring=ring("fresh", fresh=fresh, **old["keys"]))
    try:
        assert await keys.reseal(both)
        assert not await keys.reseal(both)
        sending.parts = replace(parts, ring=ring("fresh", fresh=fresh))
        await scene.triaged()
        await sending.at()
        receiver.verified(endpoint["secret"])
        assert len(receiver.requests) == 1
    finally:
        assert await keys.reseal(replace(parts, ring=ring(old["current"], fresh=fresh, **old["keys"])))


async def test_a_secret_that_cannot_be_read_stops_nobody_else(
    scene: Scene, receiver: Receiver, sending: Sending
) -> None:
    await scene.grant(la=scene.la)
    broken, whole = await scene.endpoint(receiver.url), await scene.endpoint(receiver.url)
    event = await scene.triaged()
    broken_id = UUID(broken["id"])
    await scene.execute(
        "UPDATE webhook_endpoints SET secret = set_byte(secret, 20, 255 - get_byte(secret, 20)) WHERE id = :id",
        id=broken_id,
    )
    await sending.at()
    receiver.verified(whole["secret"])
    assert receiver.ids == [event]
    states = await scene.rows("SELECT endpoint_id, state FROM deliveries WHERE event_id = :event", event=event)
    assert {row.endpoint_id: row.state for row in states}[broken_id] == "pending"


async def test_nothing_is_claimed_for_endpoints_that_are_not_there(scene: Scene) -> None:
    from_nowhere = {LaneKey(new_id(), urgent=False): 5}
    parts = scene.running.parts
    assert await queue.claim(parts, scene.partnership, from_nowhere, datetime.now(UTC)) == {}


def test_a_cursor_does_not_depend_on_the_key_ring() -> None:
    audit_key = base64.b64encode(b"a" * 32).decode()
    partnership, organisation = new_id(), new_id()
    cursor = seal(ring_of(audit_key), partnership, organisation, 7)
    ring_of.cache_clear()
    assert open_(ring_of(audit_key), partnership, organisation, cursor) == 7
