"""Wires the matching service; the only module that knows all the others."""

from fastapi import FastAPI

from services.matching import api, handlers
from services.matching.settings import MatchingSettings
from shared import http, serve


def create_app() -> FastAPI:
    """The service's app, from the environment."""
    settings = MatchingSettings()
    return http.create_app(settings, "Matching", api.ROUTERS, [handlers.listen(settings)])


if __name__ == "__main__":
    serve.serve(create_app())
