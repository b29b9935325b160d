"""A running data path for tests: uvicorn on a socket, a service that does what the test says, a test issuer."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any
from uuid import UUID

import uvicorn
import uvloop
from fastapi import FastAPI, Request, Response
from starlette.types import Receive, Scope, Send

from gateway.direct import DirectProtocol
from gateway.framing.protocol import StrictProtocol
from gateway.proxy import DataPath
from gateway.proxy_settings import DataPathSettings
from gateway.tests.far_end import Served, Service
from gateway.tests.near_end import Answer, Line
from shared import problems
from shared.auth import KeySet, Role, TokenVerifier
from shared.ids import new_id
from shared.serve import Server
from shared.testing import ISSUER, TestIssuer

__all__ = [
    "ORGANISATION",
    "PARTNERSHIP",
    "WAYS",
    "Gateway",
    "Revoked",
    "Served",
    "Service",
    "gateway_for",
    "going",
    "no_swap",
]

KEY_RING = '{"current": "a", "keys": {"a": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}'
# Every test of the data path goes both ways: the short one that the product serves, and the long one behind it.
WAYS: dict[str, type[StrictProtocol]] = {"short": DirectProtocol, "long": StrictProtocol}
_going = {"way": "short"}
PARTNERSHIP = new_id()
ORGANISATION = new_id()


class Revoked:
    """Revocations that a test holds."""

    def __init__(self) -> None:
        self.version = 0
        self._ids: set[str] = set()

    def add(self, one: str) -> None:
        self._ids.add(one)
        self.version += 1

    def forget(self) -> None:
        self._ids.clear()
        self.version += 1

    def is_revoked(self, jti: str, client_id: str, sub: str) -> bool:
        return not self._ids.isdisjoint((jti, client_id, sub))


class WatchedPath(DataPath):
    """Counts what becomes a call of the ASGI callable."""

    long = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.long += 1
        await super().__call__(scope, receive, send)


class Gateway:
    """The running gateway as a test sees it."""

    def __init__(
        self, path: WatchedPath, port: int, service: Service, revoked: Revoked, drain: Callable[[], None]
    ) -> None:
        self.path = path
        self.port = port
        self.service = service
        self.revoked = revoked
        self.issuer = TestIssuer()
        self._kept: tuple[int, str] | None = None
        # Ends the server as a signal would.
        self.drain: Callable[[], None] = drain

    def token(self, *roles: Role, **claims: Any) -> str:
        person: UUID | None = claims.pop("person", None)
        return self.issuer.token(
            *(roles or (Role.COORDINATOR,)),
            partnership=PARTNERSHIP,
            organisation=ORGANISATION,
            person=person,
            **claims,
        )

    def _usual(self) -> str:
        """The same token again and again, as a client does it, while it is good."""
        minute = int(time.time() // 60)
        if self._kept is None or self._kept[0] != minute:
            self._kept = (minute, self.token())
        return self._kept[1]

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        line = Line(reader, writer)
        try:
            yield line
        finally:
            line.close()

    async def raw(self, data: bytes) -> Answer:
        """Send bytes on a new connection; the first answer."""
        async with self.line() as line:
            await line.send(data)
            return await line.answer()

    async def get(self, path: str, *headers: str, token: str | None = None) -> Answer:
        return await self.request("GET", path, *headers, token=token)

    async def post(self, path: str, body: bytes = b"{}", *headers: str, token: str | None = None) -> Answer:
        return await self.request("POST", path, f"Content-Length: {len(body)}", *headers, token=token, body=body)

    async def request(
        self, method: str, path: str, *headers: str, token: str | None = None, body: bytes = b""
    ) -> Answer:
        async with self.line() as line:
            await line.send(self.head(method, path, *headers, token=token) + body)
            return await line.answer(head_only=method == "HEAD")

    def head(self, method: str, path: str, *headers: str, token: str | None = None) -> bytes:
        """The head of a request with a good token."""
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: gateway",
            f"Authorization: Bearer {token or self._usual()}",
            *headers,
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def settings_for(port: int, **values: Any) -> DataPathSettings:
    """Settings whose four services are all the same one."""
    upstreams = {
        f"upstream_{name}": f"http://127.0.0.1:{port}" for name in ("referral", "matching", "training", "outcomes")
    }
    given: dict[str, Any] = {
        "service": "gateway",
        "app_password": "x",
        "worker_password": "x",
        "vault_password": "x",
        "key_ring": KEY_RING,
        "audit_key": "x",
        "issuer": ISSUER,
        "audience": ISSUER,
        "jwks_url": f"{ISSUER}/jwks",
        "token_url": f"{ISSUER}/oauth/token",
        "worker_client_secret": "x",
    }
    return DataPathSettings(**(given | upstreams | values))


async def no_swap(_token: str) -> str:
    raise AssertionError("this test swaps nothing")


def own_app() -> FastAPI:
    """Stands for the gateway's own app."""
    app = FastAPI(openapi_url=None)
    problems.install(app)

    @app.get("/v1/partnerships")
    async def read_partnerships(request: Request, response: Response) -> dict[str, str]:
        response.headers["x-circle-route"] = "/v1/partnerships"
        return {"from": "own", "authorization": request.headers.get("authorization", "")}

    return app


@contextmanager
def going(way: str) -> Iterator[None]:
    """Gateways that are made meanwhile go this way."""
    before = _going["way"]
    _going["way"] = way
    try:
        yield
    finally:
        _going["way"] = before


class _Server(Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def gateway_for(
    service: Service, *, swap: Callable[[str], Awaitable[str]] = no_swap, keep_alive: int = 75, **values: Any
) -> AsyncIterator[Gateway]:
    """A gateway before the service, on uvloop in a thread of its own; `values` are settings."""
    revoked, app = Revoked(), own_app()
    path = WatchedPath(app, settings_for(service.port, **values), revoked, swap)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        path,
        http=WAYS[_going["way"]],
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=keep_alive,
    )
    app.state.settings = path.settings
    server = _Server(config, path, None)

    async def serve() -> None:
        keys = KeySet(TestIssuer())
        await keys.refresh()
        app.state.verifier = TokenVerifier(ISSUER, ISSUER, keys)
        async with path.running(app):
            await server.serve(sockets=[listener])
        for connection in tuple(server.server_state.connections):
            connection.transport.abort()
        # A transport is closed one round of the loop after it was told to.
        await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: uvloop.run(serve()))
    thread.start()
    try:
        yield Gateway(path, listener.getsockname()[1], service, revoked, partial(setattr, server, "should_exit", True))
    finally:
        server.should_exit = server.force_exit = True
        await asyncio.to_thread(thread.join)
