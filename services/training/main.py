"""Wires the training service; the only module that knows all the others."""

from fastapi import FastAPI

from services.training import api, handlers
from services.training.settings import TrainingSettings
from shared import http, serve


def create_app() -> FastAPI:
    """The service's app, from the environment."""
    settings = TrainingSettings()
    return http.create_app(settings, "Training", api.ROUTERS, [handlers.listen])


if __name__ == "__main__":
    serve.serve(create_app())
