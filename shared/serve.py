"""Serving: one app on one socket, with a graceful drain on SIGTERM; or a worker that answers health only."""

import asyncio
import gc
import importlib
import os
import socket
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http import Background, checks_of, create_app
from shared.lingering import Lingering
from shared.settings import Settings

Told = Callable[[], None]
# What the system takes of an answer that nobody reads yet. Left to itself it takes megabytes for each connection, and
# copies them while everybody else waits.
SEND_BYTES: Final = 262_144
# Said by every answer of a process that drains.
LAST: Final = (b"connection", b"close")


class Server(uvicorn.Server):
    """Two things more than uvicorn's: it tells when the app is ready, and it drains without breaking off anybody.

    uvicorn closes every resting connection at once, also one on which the next request is already on its way. Here it
    lingers: what comes in that time is answered, and the answer says that it is the connection's last. A protocol that
    writes heads by itself takes them from `server_state.default_headers`, as uvicorn's do.
    """

    def __init__(self, config: uvicorn.Config, app: Any, ready: Told | None) -> None:
        super().__init__(config)
        self._app = app
        self._ready = ready
        self._telling: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listener in server.sockets:
                # Accepted connections are as their listener.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        if self._ready is not None:
            self._telling = asyncio.create_task(self._tell(self._ready))

    async def _tell(self, ready: Told) -> None:
        while True:
            if all((await checks_of(self._app)).values()):
                return ready()
            await asyncio.sleep(0.05)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._telling is not None:
            self._telling.cancel()
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()
        self.server_state.default_headers.append(LAST)
        for connection in list(self.server_state.connections):
            _let_go(connection)
        until = monotonic() + self._app.state.settings.linger_seconds
        while monotonic() < until and not self.force_exit:
            if not self.server_state.connections:
                break
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)


def _let_go(connection: Any) -> None:
    """One that only lingers ends now, one at work after its answer; one that rests may still be asked something."""
    # uvicorn's protocols keep the request at work as `cycle`.
    if connection.transport.is_closing():
        connection.transport.close()
    elif connection.cycle is not None and not connection.cycle.response_complete:
        connection.shutdown()


class Gathering:
    """A transport that sends what is written at one go as one piece: head and body of an answer, usually.

    Each piece wakes whoever reads the other end, and is a system call.
    """

    def __init__(self, transport: asyncio.Transport | Lingering) -> None:
        self._transport = transport
        self._soon = asyncio.get_running_loop().call_soon
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> None:
        if not self._pieces:
            self._soon(self._send)
        self._pieces.append(piece)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _send(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces and not self._transport.is_closing():
            self._transport.write(b"".join(pieces))


class Protocol(HttpToolsProtocol):
    """uvicorn's, on a transport that gathers, and lingers."""

    def connection_made(self, transport: Any) -> None:
        line = Gathering(Lingering(transport, self))
        super().connection_made(line)  # type: ignore[arg-type]  # it has all that uvicorn asks for


def run(
    factory: str,
    environment: Mapping[str, str] | None = None,
    sock: socket.socket | None = None,
    ready: Told | None = None,
) -> None:
    """Serve `module:create_app` until SIGTERM; `environment` replaces this process's CIRCLE_ settings."""
    if environment is not None:
        os.environ.update(environment)
    module, _, name = factory.partition(":")
    app: Any = getattr(importlib.import_module(module), name)()
    serve(app, sock, ready)


def serve(app: Any, sock: socket.socket | None = None, ready: Told | None = None) -> None:
    """Run uvicorn on the given socket, or on the host and port of the settings; an app may bring its own protocol.

    `ready` is called once, when the app would say so at `/readyz`.
    """
    settings: Settings = app.state.settings
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=getattr(app.state, "protocol", Protocol),
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(settings.drain_seconds),
        lifespan="on",
    )
    # What has been loaded by now stays; the collector need not look at it again in every full round.
    gc.collect()
    gc.freeze()
    Server(config, app, ready).run(sockets=[sock] if sock else None)


def run_worker(settings: Settings, background: Background) -> None:
    """A process that only works: its app has health and metrics, and the background runs whatever `worker` says."""
    app: FastAPI = create_app(settings.model_copy(update={"worker": "inline"}), "worker", [], [background])
    serve(app)
