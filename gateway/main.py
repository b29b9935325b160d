"""Wires the gateway; the only module that knows all its parts."""

from fastapi import FastAPI

from gateway import handlers
from gateway.feed import api as feed
from gateway.feed import numbering
from gateway.identity import api as identity
from gateway.settings import GatewaySettings
from gateway.tokens import api as tokens
from gateway.webhooks import api as webhooks
from gateway.webhooks import sender
from shared import http, serve
from shared.worker import background


def create_app() -> FastAPI:
    """The gateway's app, from the environment."""
    settings = GatewaySettings()
    routers = [*identity.ROUTERS, *tokens.ROUTERS, *feed.ROUTERS, *webhooks.ROUTERS]
    return http.create_app(settings, "Gateway", routers, [background(handlers.register(), numbering.run, sender.run)])


if __name__ == "__main__":
    serve.serve(create_app())
