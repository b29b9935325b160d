"""Serving: one app on one socket, with a graceful drain on SIGTERM; or a worker that answers health only."""

import gc
import importlib
import os
import socket
from collections.abc import Mapping
from typing import Any

import uvicorn
from fastapi import FastAPI

from shared.http import Background, create_app
from shared.settings import Settings


def run(factory: str, environment: Mapping[str, str] | None = None, sock: socket.socket | None = None) -> None:
    """Serve `module:create_app` until SIGTERM; `environment` replaces this process's CIRCLE_ settings."""
    if environment is not None:
        os.environ.update(environment)
    module, _, name = factory.partition(":")
    app: Any = getattr(importlib.import_module(module), name)()
    serve(app, sock)


def serve(app: Any, sock: socket.socket | None = None) -> None:
    """Run uvicorn on the given socket, or on the host and port of the settings; an app may bring its own protocol."""
    settings: Settings = app.state.settings
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=getattr(app.state, "protocol", "httptools"),
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
    uvicorn.Server(config).run(sockets=[sock] if sock else None)


def run_worker(settings: Settings, background: Background) -> None:
    """A process that only works: its app has health and metrics, and the background runs whatever `worker` says."""
    app: FastAPI = create_app(settings.model_copy(update={"worker": "inline"}), "worker", [], [background])
    serve(app)
