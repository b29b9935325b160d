"""The receiver's one route: verify, fetch the detail with our own token, file, and answer 2xx only after filing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from examples.la_receiver.filing import Files
from examples.la_receiver.gateway import AwayError

Fetch = Callable[[str], Awaitable[tuple[int, Any]]]
MAX_BYTES = 20_000


def create_app(secret: str, fetch: Fetch, folder: Path) -> web.Application:
    """`secret` is the endpoint's `whsec_…`; `fetch` reads a path of the platform: (status, body) or `AwayError`."""
    webhook, files = Webhook(secret), Files(folder)

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            event = webhook.verify(body, dict(request.headers))
            event_id = UUID(request.headers["webhook-id"])
        except (WebhookVerificationError, ValueError):
            return web.Response(status=401, text="the signature is not good")
        try:
            await file_event(files, fetch, event_id, event)
        except AwayError:
            return web.Response(status=503, headers={"Retry-After": "5"}, text="the detail cannot be read now")
        return web.Response(status=204)

    app = web.Application(client_max_size=MAX_BYTES)
    app.router.add_post("/webhooks", receive)
    return app


async def file_event(files: Files, fetch: Fetch, event_id: UUID, event: dict[str, Any]) -> bool:
    """Fetch the detail and file both; False when the event was filed before."""
    if files.has(event_id):
        return False
    status, detail = await fetch(event["data"]["detail"])
    document = {"received_at": datetime.now(UTC).isoformat(), "event": event, "status": status, "detail": detail}
    await asyncio.to_thread(files.file, event_id, document)
    return True


async def catch_up(files: Files, fetch: Fetch) -> int:
    """Read the feed from where we were and file what no webhook brought; how many events that were."""
    filed, more = 0, True
    while more:
        cursor = files.cursor()
        status, page = await fetch(f"/v1/events?after={cursor}" if cursor else "/v1/events")
        if status != 200:
            raise AwayError
        for event in page["items"]:
            filed += await file_event(files, fetch, UUID(event["id"]), event)
        files.keep_cursor(page["next"])
        more = page["more"]
    return filed
