"""The whole way with everything that runs beside the gateway: outbox, Kafka, feed, sender, receiver."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from gateway.webhooks.tests.receiver import Receiver, receiving
from gateway.webhooks.tests.scene import Scene
from gateway.worker import WORK
from shared.kafka import create_topics


@pytest.mark.slow
async def test_an_organisation_hears_by_feed_and_webhook_that_its_other_endpoint_was_disabled(
    scene: Scene, receiver: Receiver
) -> None:
    parts, system = scene.running.parts, scene.system()
    await create_topics(parts.settings.kafka_bootstrap, parts.settings.topic_prefix)
    listening = await scene.endpoint(receiver.url, "circle.webhook-endpoint.*")
    working = asyncio.ensure_future(WORK(parts))
    try:
        async with receiving() as gone:
            gone.answers(410)
            disabled = await scene.endpoint(gone.url)
            await system.post(f"/v1/webhook-endpoints/{disabled['id']}/ping")
            async with asyncio.timeout(60):
                page: dict[str, Any] = {"items": [], "next": ""}
                while not page["items"]:
                    page = (await system.get("/v1/events", params={"after": page["next"], "wait": 5})).json()
                await receiver.has(lambda: bool(receiver.requests))
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    (shown,) = page["items"]
    assert shown["type"] == "circle.webhook-endpoint.disabled.v1"
    assert shown["data"] == {
        "webhook_endpoint": disabled["id"],
        "detail": f"/v1/webhook-endpoints/{disabled['id']}",
    }
    assert receiver.verified(listening["secret"]) == [shown]
    detail = (await system.get(shown["data"]["detail"])).json()
    assert detail["state"] == "disabled"
