"""Starts a service in processes that are forked from one that has loaded everything, and talks to them."""

import asyncio
import json
import multiprocessing
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import UUID

import httpx

from deploy.local.process import free_port
from shared.auth import Role
from shared.ids import new_id
from shared.testing import ISSUER, Caller, TestIssuer
from shared.tests.house import until
from tests.reliability import deadly
from tests.reliability.deadly import Point


@asynccontextmanager
async def published_keys() -> AsyncIterator[str]:
    """The address of the test issuer's keys."""
    keys = json.dumps({"keys": list((await TestIssuer().fetch()).values())}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(keys)}\r\nConnection: close"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode() + b"\r\n\r\n" + keys)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield "http://{}:{}/".format(*server.sockets[0].getsockname())


@dataclass
class Forks:
    """A service's processes, one after the other on one port; none outlives the test."""

    environment: dict[str, str]
    log: Path
    service: str = "training"
    port: int = field(default_factory=free_port)
    person: UUID = field(default_factory=new_id)
    started: list[BaseProcess] = field(default_factory=list)

    def start(self, point: Point | None = None) -> BaseProcess:
        forking = multiprocessing.get_context("forkserver")
        forking.set_forkserver_preload(list(deadly.PRELOADED))
        given = self.environment | {"CIRCLE_PORT": str(self.port), "CIRCLE_WORKER": "inline"}
        child = forking.Process(target=deadly.run, args=(self.service, given, point, self.log), daemon=True)
        child.start()
        self.started.append(child)
        return child

    async def killed(self, point: Point) -> None:
        """A process that has killed itself at the point."""
        child = self.start(point)
        await self.ended(child)

    async def ended(self, child: BaseProcess) -> None:
        async def dead() -> bool:
            return child.exitcode is not None

        await until(dead, 60)
        assert child.exitcode == -signal.SIGKILL, self.log.read_text()[-2000:]

    @asynccontextmanager
    async def calling(self, role: Role, partnership: UUID, organisation: UUID) -> AsyncIterator[Caller]:
        """The same caller each time, of whichever process serves now, once it does."""
        token = TestIssuer().token(role, partnership=partnership, organisation=organisation, person=self.person)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60) as client:
            await until(lambda: _ready(client), 60)
            yield Caller(client, token)

    def end(self) -> None:
        for child in self.started:
            child.kill()
            child.join()


async def _ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def issued(environment: dict[str, str], keys: str) -> dict[str, str]:
    """The environment of a process that takes the test issuer's tokens."""
    return environment | {"CIRCLE_ISSUER": ISSUER, "CIRCLE_AUDIENCE": ISSUER, "CIRCLE_JWKS_URL": keys}
