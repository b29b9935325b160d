"""How a process drains: nobody who holds a connection is broken off, whichever protocol serves him."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.framing.protocol import StrictProtocol
from gateway.tests.data_path import Gateway, Service
from gateway.tests.near_end import Line
from shared.serve import Server
from shared.tests.house import until

GET = b"GET /v1/anything HTTP/1.1\r\nHost: here\r\n\r\n"


class App:
    """Answers when it is let."""

    def __init__(self, linger: float) -> None:
        self.settings = SimpleNamespace(client_silence_seconds=15.0)
        self.state = SimpleNamespace(
            settings=SimpleNamespace(linger_seconds=linger),
            verifier=SimpleNamespace(keys=SimpleNamespace(ready=True)),
            parts=self,
        )
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.database = asyncio.Event()
        self.asked = 0

    async def database_answers(self) -> bool:
        return self.database.is_set()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


class Process:
    """A served app that can be told to drain."""

    def __init__(self, app: App, protocol: Any) -> None:
        self.app = app
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.ready = asyncio.Event()
        config = uvicorn.Config(app, http=protocol, lifespan="off", log_config=None, timeout_graceful_shutdown=5)
        self.server = Server(config, app, self.ready.set)
        self.task = asyncio.create_task(self.server._serve([self.socket]))  # noqa: SLF001 - leaves signals to pytest

    def drain(self) -> None:
        self.server.should_exit = True

    async def has_started(self) -> bool:
        return self.server.started

    async def drains(self) -> bool:
        return not self.server.servers[0].is_serving()

    async def is_asked(self) -> bool:
        return self.app.asked > 0

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.socket.getsockname()[1])
        yield Line(reader, writer)
        writer.close()


@asynccontextmanager
async def serving(protocol: Any, linger: float = 5.0) -> AsyncIterator[Process]:
    process = Process(App(linger), protocol)
    async with asyncio.timeout(20):
        await until(process.has_started)
        yield process
        process.drain()
        await process.task


PROTOCOLS = pytest.mark.parametrize("protocol", ["httptools", StrictProtocol])


@PROTOCOLS
async def test_a_kept_connection_gets_its_next_answer_and_hears_that_it_is_the_last(protocol: Any) -> None:
    async with serving(protocol) as process, process.line() as rested, process.line() as never_used:
        await rested.send(GET)
        assert "connection" not in (await rested.answer()).headers
        process.drain()
        await until(process.drains)
        for line in (rested, never_used):
            await line.send(GET)
            answer = await line.answer()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert await line.rest() == b""


@PROTOCOLS
async def test_a_request_at_work_is_answered_while_the_process_drains(protocol: Any) -> None:
    async with serving(protocol, linger=0.0) as process, process.line() as line:
        process.app.may_answer.clear()
        await line.send(GET)
        await until(process.is_asked)
        process.drain()
        await until(process.drains)
        process.app.may_answer.set()
        assert (await line.answer()).status == 200
        assert await line.rest() == b""


@PROTOCOLS
async def test_a_connection_on_which_nobody_asks_does_not_hold_up_the_end(protocol: Any) -> None:
    async with serving(protocol, linger=0.1) as process, process.line() as line:
        await line.send(GET)
        await line.answer()
        process.drain()
        assert await line.rest() == b""
        await process.task


async def test_a_process_says_that_it_is_ready_when_its_checks_hold_and_not_before() -> None:
    async with serving("httptools", linger=0.0) as process:
        await asyncio.sleep(0.12)
        assert not process.ready.is_set()
        process.app.database.set()
        await process.ready.wait()


async def test_what_may_not_be_sent_twice_goes_on_no_connection_that_has_rested(
    fresh: Gateway, service: Service
) -> None:
    await fresh.get("/v1/referrals/1")
    await fresh.post("/v1/referrals")
    assert service.connections == 1
    # As if it had rested for two seconds: a service that drains may be about to close it.
    for connection in fresh.path.upstreams["referral"]._idle:  # noqa: SLF001 - time is passed, not slept
        connection.deadline -= 2
    await fresh.get("/v1/referrals/1")
    assert service.connections == 1
    for connection in fresh.path.upstreams["referral"]._idle:  # noqa: SLF001 - time is passed, not slept
        connection.deadline -= 2
    await fresh.post("/v1/referrals")
    assert service.connections == 2
