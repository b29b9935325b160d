"""Wires the gateway; the only module that knows all its parts."""

from fastapi import FastAPI

from gateway import handlers
from gateway.identity import api as identity
from gateway.settings import GatewaySettings
from gateway.tokens import api as tokens
from shared import http, serve
from shared.worker import background


def create_app() -> FastAPI:
    """The gateway's app, from the environment."""
    settings = GatewaySettings()
    routers = [*identity.ROUTERS, *tokens.ROUTERS]
    return http.create_app(settings, "Gateway", routers, [background(handlers.register())])


if __name__ == "__main__":
    serve.serve(create_app())
