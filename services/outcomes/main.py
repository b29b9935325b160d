"""Wires the outcomes service; the only module that knows all the others."""

from fastapi import FastAPI

from services.outcomes import api, handlers
from services.outcomes.settings import OutcomesSettings
from shared import http, serve


def create_app() -> FastAPI:
    """The service's app, from the environment."""
    settings = OutcomesSettings()
    return http.create_app(settings, "Outcomes", api.ROUTERS, [handlers.work])


if __name__ == "__main__":
    serve.serve(create_app())
