"""The issuer's place in the app's life: there before the first request, gone after the last."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from gateway.settings import GatewaySettings
from gateway.tokens.exchange import Exchange
from gateway.tokens.issuer import AWAY, Issuer, stop
from gateway.tokens.revocations import Revocations
from gateway.tokens.verifier import GatewayVerifier
from shared import logging
from shared.auth import KeySet, KeySource
from shared.errors import Unavailable
from shared.parts import Parts

_log = logging.get("issuer")


class Issuing:
    """What the app is wired with before it starts; the issuer itself comes with the parts."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._issuer: Issuer | None = None
        self._exchange: Exchange | None = None
        self.revocations = Revocations()

    def keys(self, parts: Parts) -> KeySource:
        """The gateway verifies with its own keys, from its own memory."""
        self._issuer = Issuer(parts, self._settings, self.revocations)
        return self._issuer.keys

    async def swap(self, token: str) -> str:
        """A platform token for an external issuer's, or `Unauthorized`."""
        if self._exchange is None:
            raise Unavailable
        return await self._exchange.swap(token)

    @asynccontextmanager
    async def running(self, app: FastAPI) -> AsyncIterator[None]:
        """Keys, names and revocations are loaded, or tried again until the database answers, and kept fresh."""
        assert self._issuer is not None  # noqa: S101 - the app asks for `keys` before it enters its extras
        issuer = app.state.issuer = self._issuer
        self._exchange = Exchange(issuer)
        keys: KeySet = app.state.verifier.keys
        app.state.verifier = GatewayVerifier(
            self._settings.issuer, self._settings.audience, keys, self.revocations, self._exchange
        )
        try:
            await issuer.load()
            await keys.refresh()
        except AWAY as error:
            _log.warning("keys-wait", error=type(error).__name__)
        tasks = [asyncio.create_task(issuer.keep_keys(keys)), asyncio.create_task(issuer.keep_revocations())]
        try:
            yield
        finally:
            await stop(tasks)


def issuer_of(request: Request) -> Issuer:
    """The issuer of the app that answers."""
    issuer: Issuer = request.app.state.issuer
    return issuer


IssuerOf = Annotated[Issuer, Depends(issuer_of)]
