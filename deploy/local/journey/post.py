"""The example receiver of a local authority during a journey: registered as webhook endpoint, asked what it filed."""

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
import httpx
from aiohttp import web

from deploy.local import process
from deploy.local.client import Caller
from deploy.local.feed import Event
from deploy.local.logins import ClientLogin
from deploy.local.process import LOOPBACK

EXAMPLE: Final = "examples.la_receiver"
DESCRIPTION: Final = "The journey's example receiver"
_ENDPOINTS: Final = "/v1/webhook-endpoints"
_PATIENCE_SECONDS: Final = 60
ANY: Final = "0.0.0.0"  # noqa: S104 - only where --receiver-host asks for it

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NoWebhooksError(RuntimeError):
    """There can be no webhooks in this journey; the message says why."""


class Post:
    """Which events were verified and filed: the receiver answers 2xx for no others."""

    def __init__(self) -> None:
        self._filed: set[str] = set()
        self._news = asyncio.Condition()

    async def verified(self, event: Event) -> None:
        """Wait until the event's webhook was verified and filed."""
        async with self._news:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._news.wait_for(lambda: event["id"] in self._filed)
            except TimeoutError:
                raise AssertionError(f"no verified webhook of {event['type']} came") from None

    async def note(self, event: str) -> None:
        async with self._news:
            self._filed.add(event)
            self._news.notify_all()


@asynccontextmanager
async def receiving(system: Caller, host: str = "") -> AsyncIterator[Post]:
    """Run the example receiver and register it. `host` is how the gateway reaches this machine, if not by loopback."""
    if importlib.util.find_spec(EXAMPLE) is None:
        raise NoWebhooksError(f"{EXAMPLE} is not here: start from a checkout of the project")
    with process.listen(address=ANY if host else LOOPBACK) as listener, TemporaryDirectory() as folder:
        url = f"http://{host or LOOPBACK}:{process.port_of(listener)}/webhooks"
        endpoint, secret = await _register(system, url)
        post = Post()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            runner = web.AppRunner(_receiver(system, session, secret, Path(folder), post))
            await runner.setup()
            await web.SockSite(runner, listener).start()
            try:
                yield post
            finally:
                await system.move(f"{endpoint}/pause")
                await runner.cleanup()


def _receiver(system: Caller, session: aiohttp.ClientSession, secret: str, folder: Path, post: Post) -> web.Application:
    """The example as it is, with one more ear: what it has answered with 2xx is filed."""
    login = system.login
    if not isinstance(login, ClientLogin):
        raise NoWebhooksError("only a system with a secret can fetch what its webhooks point at")
    example, example_gateway = importlib.import_module(EXAMPLE), importlib.import_module(f"{EXAMPLE}.gateway")
    gateway = example_gateway.Gateway(system.gateway.url, login.client_id, login.secret, session)
    app: web.Application = example.create_app(secret, gateway.fetch, folder)

    @web.middleware
    async def listen(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if 200 <= answer.status < 300:
            await post.note(request.headers["webhook-id"])
        return answer

    app.middlewares.append(listen)
    return app


async def _register(system: Caller, url: str) -> tuple[str, str]:
    """The journey's endpoint at this URL, and its new secret; the one of the journey before is taken up again."""
    known = [one for one in (await system.get(_ENDPOINTS))["items"] if one["description"] == DESCRIPTION]
    if not known:
        body = {"url": url, "event_types": ["*"], "description": DESCRIPTION}
        made = await system.attempt(_ENDPOINTS, body)
        if made.status != httpx.codes.CREATED:
            raise NoWebhooksError(f"the gateway sends nothing to {url}: {made.problem}")
        return f"{_ENDPOINTS}/{made.id}", made["secret"]
    path = f"{_ENDPOINTS}/{known[0]['id']}"
    await system.change("PATCH", path, {"url": url})
    renewed = await system.move(f"{path}/rotate-secret", {"overlap_hours": 0})
    if known[0]["state"] != "enabled":
        await system.move(f"{path}/resume")
    return path, renewed["secret"]
