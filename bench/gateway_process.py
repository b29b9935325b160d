"""The process that `bench.gateway` measures: the whole data path before an app that does nothing, no database."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from gateway.proxy import DataPath
from gateway.proxy_settings import DataPathSettings
from shared import logging, serve
from shared.auth import KeySet, Role, TokenVerifier
from shared.ids import new_id
from shared.testing import ISSUER, TestIssuer

_RING = '{"current": "a", "keys": {"a": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}'


class NothingRevoked:
    """No revocation is known."""

    version = 0

    def is_revoked(self, jti: str, client_id: str, sub: str) -> bool:
        return not (jti or client_id or sub)


async def _no_swap(token: str) -> str:
    return token


def main(port: int, upstream: int, ready: Path) -> None:
    """Serve until SIGTERM; a token that is good is left in the file `ready`."""
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
        keys = KeySet(TestIssuer())
        await keys.refresh()
        app.state.verifier = TokenVerifier(ISSUER, ISSUER, keys)
        async with path.running(app):
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.state.settings = settings
    path = DataPath(app, settings, NothingRevoked(), _no_swap)
    ready.write_text(TestIssuer().token(Role.COORDINATOR, partnership=new_id(), organisation=new_id()))
    serve.serve(path)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
