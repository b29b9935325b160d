"""The process that `bench.gateway` measures: the whole data path before an app that does nothing, no database."""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from gateway.auth import Admission, Doorkeeper
from gateway.proxy import DataPath
from gateway.proxy_settings import DataPathSettings
from shared import logging, serve
from shared.auth import KeySet, TokenVerifier
from shared.testing import ISSUER

_RING = '{"current": "a", "keys": {"a": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}'


class GivenKeys:
    """The keys of whoever measures."""

    def __init__(self, text: str) -> None:
        self._keys: Mapping[str, Mapping[str, Any]] = json.loads(text)

    async def fetch(self) -> Mapping[str, Mapping[str, Any]]:
        return self._keys


class NothingRevoked:
    """No revocation is known."""

    version = 0

    def is_revoked(self, jti: str, client_id: str, sub: str) -> bool:
        return not (jti or client_id or sub)


class OpenDoor(Doorkeeper):
    """Only here, never in the product: whoever was admitted once stands for everybody, and nobody looks again."""

    _first: Admission | None = None

    def known(self, authorization: bytes, now: float) -> Admission | None:
        if self._first is None:
            self._first = super().known(authorization, now)
        return self._first

    def still(self, known: Admission, now: float) -> bool:
        return True


async def _no_swap(token: str) -> str:
    return token


def main(port: int, upstream: int, keys_of: str, door: str) -> None:
    """Serve until SIGTERM; `door` is `strict` or, to see what the token costs, `open`."""
    address = f"http://127.0.0.1:{upstream}"
    secrets = ("app_password", "worker_password", "vault_password", "audit_key", "worker_client_secret")
    addresses = ("upstream_referral", "upstream_matching", "upstream_training", "upstream_outcomes")
    given = dict.fromkeys(secrets, "-") | dict.fromkeys(addresses, address)
    given |= dict.fromkeys(("issuer", "audience", "jwks_url", "token_url"), ISSUER)
    settings = DataPathSettings.model_validate(
        {**given, "service": "gateway", "port": port, "key_ring": _RING, "limit_requests": 1_000_000_000}
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        logging.configure("gateway")
        keys = KeySet(GivenKeys(keys_of))
        await keys.refresh()
        app.state.verifier = TokenVerifier(ISSUER, ISSUER, keys)
        async with path.running(app):
            if door == "open" and path.door is not None:
                path.door.__class__ = OpenDoor
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.state.settings = settings
    path = DataPath(app, settings, NothingRevoked(), _no_swap)
    serve.serve(path)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
