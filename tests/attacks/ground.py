"""Where the attacks happen: the real gateway with its own issuer and a real service, each a server on loopback."""

import asyncio
import io
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import httpx
import uvicorn
import uvloop

from gateway.identity.bootstrap import bootstrap
from gateway.identity.tests.platform import ROOT_SECRET, Partnership, Platform
from gateway.main import create_app as create_gateway
from gateway.settings import GatewaySettings
from services.referral.main import create_app as create_referral
from shared.serve import Protocol
from tests.attacks.target import HOST


class _Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Serving:
    """One app on a socket, on uvloop in a thread of its own, as `shared.serve` would serve it."""

    def __init__(self, app: Any, listener: socket.socket) -> None:
        self.app = app
        self.loop: asyncio.AbstractEventLoop | None = None
        self._listener = listener
        self._server = _Server(
            uvicorn.Config(
                app,
                http=getattr(app.state, "protocol", Protocol),
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
            )
        )
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()))

    async def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the app did not start"
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        self._server.should_exit = True
        await asyncio.to_thread(self._thread.join)

    async def within(self, work: Callable[[], Any]) -> Any:
        """Run a coroutine function on the server's own loop."""
        assert self.loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), self.loop))

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self._server.serve(sockets=[self._listener])
        await asyncio.sleep(0.02)


class Lure:
    """An address that must never be called; it answers nothing and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._note, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _note(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        writer.close()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


@dataclass
class Ground:
    """The running pair and one partnership on it."""

    gateway: Serving
    service: Serving
    platform: Platform
    partnership: Partnership
    gateway_port: int
    service_port: int


def _listener() -> tuple[socket.socket, int]:
    listener = socket.create_server((HOST, 0), backlog=512)
    return listener, int(listener.getsockname()[1])


def _around(environment: Mapping[str, str], issuer: str, service: str) -> dict[str, str]:
    """The environment of a process with the ground's own addresses."""
    return {
        **environment,
        "CIRCLE_WORKER": "separate",
        "CIRCLE_ISSUER": issuer,
        "CIRCLE_AUDIENCE": issuer,
        "CIRCLE_JWKS_URL": f"{issuer}/.well-known/jwks.json",
        "CIRCLE_TOKEN_URL": f"{issuer}/oauth/token",
        "CIRCLE_UPSTREAM_REFERRAL": service,
        # Thousands of requests by one client within a minute are what these tests are about.
        "CIRCLE_LIMIT_REQUESTS": "1000000",
    }


@asynccontextmanager
async def laid(environment_of: Callable[[str], dict[str, str]], **settings: str) -> AsyncIterator[Ground]:
    """Start both, found a partnership, stop both; `settings` are the gateway's."""
    (front, front_port), (back, back_port) = _listener(), _listener()
    issuer, service = f"http://{HOST}:{front_port}", f"http://{HOST}:{back_port}"
    with mock.patch.dict(os.environ, _around(environment_of("gateway"), issuer, service) | settings):
        administrator = await bootstrap(GatewaySettings(), ROOT_SECRET)
        gateway = Serving(create_gateway(), front)
        gateway.app.access._out = io.StringIO()  # noqa: SLF001 - else it writes between the lines of the tests' results
    with mock.patch.dict(os.environ, _around(environment_of("referral"), issuer, service)):
        referral = Serving(create_referral(), back)
    await gateway.start()
    await referral.start()
    async with httpx.AsyncClient(base_url=issuer, trust_env=False) as client:
        platform = Platform(gateway.app, client, (str(administrator.client_id), ROOT_SECRET))
        try:
            await _ready(service)
            yield Ground(gateway, referral, platform, await platform.found(), front_port, back_port)
        finally:
            await referral.stop()
            await gateway.stop()


async def _ready(address: str) -> None:
    """Until the service has fetched the gateway's keys."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        for _ in range(400):
            if (await client.get("/readyz")).status_code == httpx.codes.OK:
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the service never got ready")
