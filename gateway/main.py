"""Wires the gateway; the only module that knows all its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gateway.console import api as console
from gateway.console import install
from gateway.feed import api as feed
from gateway.identity import api as identity
from gateway.proxy import DataPath
from gateway.settings import GatewaySettings
from gateway.tokens import api as tokens
from gateway.tokens.start import Issuing
from gateway.webhooks import api as webhooks
from gateway.worker import WORK
from shared import http, serve

ROUTERS = [*identity.ROUTERS, *tokens.ROUTERS, *feed.ROUTERS, *webhooks.ROUTERS, *console.ROUTERS]


def create_app() -> DataPath:
    """The whole gateway, from the environment: paths of services are passed on, the rest is answered here."""
    settings = GatewaySettings()
    issuing = Issuing(settings)
    extras = [issuing.running, _passing_on]
    app = http.create_app(settings, "Gateway", ROUTERS, [WORK], keys=issuing.keys, extras=extras)
    install.install(app)
    data_path = DataPath(app, settings, issuing.revocations, issuing.swap)
    app.state.data_path = data_path
    return data_path


def create_own_app() -> FastAPI:
    """What the gateway answers itself, without the data path around it."""
    return create_app().app


@asynccontextmanager
async def _passing_on(app: FastAPI) -> AsyncIterator[None]:
    """The data path, once there is a verifier."""
    async with app.state.data_path.running(app):
        yield


if __name__ == "__main__":
    serve.serve(create_app())
