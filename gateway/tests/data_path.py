"""A running data path for tests: uvicorn on a socket, a service that does what the test says, a test issuer."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import orjson
import uvicorn
import uvloop
from fastapi import FastAPI

from gateway.proxy import DataPath
from gateway.proxy_settings import DataPathSettings
from shared import problems
from shared.auth import KeySet, Role, TokenVerifier
from shared.ids import new_id
from shared.testing import ISSUER, TestIssuer

Handler = Callable[["Served"], Awaitable[None]]
KEY_RING = '{"current": "a", "keys": {"a": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}'
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

    def is_revoked(self, jti: str, client_id: str, sub: str) -> bool:
        return not self._ids.isdisjoint((jti, client_id, sub))


class Served:
    """One request as the service got it, byte by byte, and the means to answer."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connection = number
        self._reader = reader
        self._writer = writer
        self.line = ""
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    async def read_head(self) -> bool:
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        self.line, *lines = head.strip().split("\r\n")
        self.headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        return True

    def header(self, name: str) -> str | None:
        found = [value for one, value in self.headers if one == name]
        assert len(found) < 2, f"{name} came twice"
        return found[0] if found else None

    async def read_body(self) -> bytes:
        if self.header("transfer-encoding") == "chunked":
            while size := int(await self._reader.readline(), 16):
                self.body += await self._reader.readexactly(size)
                await self._reader.readline()
            await self._reader.readline()
        elif length := int(self.header("content-length") or 0):
            self.body = await self._reader.readexactly(length)
        return self.body

    async def answer(self, status: int = 200, body: bytes = b"{}", *headers: str) -> None:
        await self.raw(
            f"HTTP/1.1 {status} Whatever\r\ncontent-length: {len(body)}\r\n".encode()
            + "".join(f"{line}\r\n" for line in headers).encode()
            + b"\r\n"
            + (b"" if self.line.startswith("HEAD") else body)
        )

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def hung_up(self) -> None:
        """Ends when the gateway has closed the connection."""
        while await self._reader.read(65536):
            pass


async def _echo(served: Served) -> None:
    """Says what arrived."""
    body = await served.read_body()
    seen = {"line": served.line, "headers": served.headers, "body": body.decode("latin-1")}
    await served.answer(200, orjson.dumps(seen), "content-type: application/json")


class Service:
    """A service of one test: counts connections, remembers requests, does what `handler` says."""

    def __init__(self) -> None:
        self.handler: Handler = _echo
        self.requests: list[Served] = []
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()

    def hang_up(self) -> None:
        """Close every connection that is open."""
        for writer in tuple(self._writers):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._writers.add(writer)
        try:
            while True:
                served = Served(number, reader, writer)
                if not await served.read_head():
                    return
                self.requests.append(served)
                await self.handler(served)
                if writer.is_closing():
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()


class Answer:
    """One answer as it came over the wire."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Line:
    """A connection to the gateway on which a test writes bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, head_only: bool = False) -> Answer:
        head = (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        headers = dict(pairs)
        assert len(headers) == len(pairs), "a header came twice"
        body = b"" if head_only else await self._body(headers)
        return Answer(int(first.split()[1]), headers, body)

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await asyncio.wait_for(self._reader.readexactly(int(headers.get("content-length", 0))), 10)
        body = b""
        while size := int(await asyncio.wait_for(self._reader.readline(), 10), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return body

    async def rest(self) -> bytes:
        """Everything until the gateway closes."""
        return await asyncio.wait_for(self._reader.read(), 10)

    def close(self) -> None:
        self._writer.close()


class Gateway:
    """The running gateway as a test sees it."""

    def __init__(self, path: DataPath, port: int, service: Service, revoked: Revoked) -> None:
        self.path = path
        self.port = port
        self.service = service
        self.revoked = revoked
        self.issuer = TestIssuer()

    def token(self, *roles: Role, **claims: Any) -> str:
        person: UUID | None = claims.pop("person", None)
        return self.issuer.token(
            *(roles or (Role.COORDINATOR,)),
            partnership=PARTNERSHIP,
            organisation=ORGANISATION,
            person=person,
            **claims,
        )

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
            f"Authorization: Bearer {token or self.token()}",
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


async def _no_swap(_token: str) -> str:
    raise AssertionError("this test swaps nothing")


def own_app() -> FastAPI:
    """Stands for the gateway's own app."""
    app = FastAPI(openapi_url=None)
    problems.install(app)

    @app.get("/v1/partnerships")
    async def read_partnerships() -> dict[str, str]:
        return {"from": "own"}

    return app


class _Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def gateway_for(
    service: Service, *, swap: Callable[[str], Awaitable[str]] = _no_swap, **values: Any
) -> AsyncIterator[Gateway]:
    """A gateway before the service, on uvloop in a thread of its own; `values` are settings."""
    revoked, app = Revoked(), own_app()
    path = DataPath(app, settings_for(service.port, **values), revoked, swap)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        path, http=app.state.protocol, lifespan="off", log_config=None, access_log=False, proxy_headers=False
    )
    server = _Server(config)

    async def serve() -> None:
        keys = KeySet(TestIssuer())
        await keys.refresh()
        app.state.verifier = TokenVerifier(ISSUER, ISSUER, keys)
        async with path.running(app):
            await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: uvloop.run(serve()))
    thread.start()
    try:
        yield Gateway(path, listener.getsockname()[1], service, revoked)
    finally:
        server.should_exit = server.force_exit = True
        await asyncio.to_thread(thread.join)
