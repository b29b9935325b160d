"""A receiver on loopback that remembers what it got and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiohttp import web
from standardwebhooks import Webhook


@dataclass
class Receiver:
    """`answer` makes the answer to each request; 204 unless another is put here."""

    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[], Awaitable[web.Response]] | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, await request.read()))
        self.started.set()
        return await self.answer() if self.answer else web.Response(status=204)

    async def has(self, enough: Callable[[], bool]) -> None:
        """Until what came is enough."""
        while not enough():
            self.started.clear()
            await self.started.wait()

    def answers(self, status: int, **headers: str) -> None:
        """From now on answer with this."""

        async def made() -> web.Response:
            return web.Response(
                status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}
            )

        self.answer = made

    def hangs(self) -> None:
        """From now on never answer."""

        async def hang() -> web.Response:
            await self.over.wait()
            return web.Response()

        self.answer = hang

    @property
    def ids(self) -> list[UUID]:
        """The ids of what came, in order."""
        return [UUID(headers["webhook-id"]) for headers, _ in self.requests]

    def verified(self, secret: str) -> list[Any]:
        """What came, verified by the official package."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.requests]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens; it ends without waiting for who hangs."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        receiver.over.set()
        await runner.cleanup()
