"""Wires the referral service; the only module that knows all the others."""

from fastapi import FastAPI

from services.referral import api, handlers
from services.referral.settings import ReferralSettings
from shared import http, serve
from shared.worker import background


def create_app() -> FastAPI:
    """The service's app, from the environment."""
    settings = ReferralSettings()
    return http.create_app(settings, "Referrals", api.ROUTERS, [background(handlers.register())])


if __name__ == "__main__":
    serve.serve(create_app())
