"""Puts the console into the gateway's app: its files, the way to the sign-in page, what the platform refuses."""

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from gateway.console.callers import SignedOut, show_refusal, to_sign_in
from gateway.console.inside import Refused
from gateway.console.pages import HERE


def install(app: FastAPI) -> None:
    """Serve the console's own files and send whoever is not signed in to the sign-in page."""
    app.mount("/console/static", StaticFiles(directory=HERE / "static"))
    app.add_exception_handler(SignedOut, to_sign_in)
    app.add_exception_handler(Refused, show_refusal)  # type: ignore[arg-type]  # it is given no other
