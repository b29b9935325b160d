"""For tests of any service: signed tokens without a gateway, a running app, events delivered by hand."""

import base64
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from unittest import mock
from uuid import UUID

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI
from jose import jwk, jwt

from shared import consumer
from shared.auth import ALGORITHM, TOKEN_TYPE, KeySet, Role, TokenVerifier
from shared.consumer import Handlers
from shared.events.base import CaseEvent, Event
from shared.ids import new_id
from shared.kafka import Envelope
from shared.parts import Parts

ISSUER = "http://issuer.test"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_PEM = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
KID = "test"
# Made once: reading the PEM anew for each token costs a hundred times as much as signing with it.
_SIGNING_KEY = jwk.construct(PRIVATE_PEM, ALGORITHM)


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")


class TestIssuer:
    """An issuer whose keys a test holds; also a `KeySource`."""

    __test__ = False

    async def fetch(self) -> Mapping[str, Mapping[str, Any]]:
        numbers = _KEY.public_key().public_numbers()
        return {KID: {"kty": "RSA", "kid": KID, "alg": ALGORITHM, "n": _number(numbers.n), "e": _number(numbers.e)}}

    def token(
        self, *roles: Role, partnership: UUID, organisation: UUID, person: UUID | None = None, **claims: Any
    ) -> str:
        """A good access token, or one with the claims that a test wants otherwise."""
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": str(person or "client"),
            "client_id": "test",
            "iat": now,
            "exp": now + 300,
            "jti": str(new_id()),
            "scope": "api",
            "partnership": str(partnership),
            "organisation": str(organisation),
            "roles": [role.value for role in roles],
            "person": str(person) if person else None,
        }
        return str(jwt.encode(body | claims, _SIGNING_KEY, ALGORITHM, headers={"kid": KID, "typ": TOKEN_TYPE}))


class Caller:
    """A client of a running app in the name of one caller; every POST gets a fresh Idempotency-Key unless given."""

    def __init__(self, client: httpx.AsyncClient, token: str | None) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.send("GET", path, **options)

    async def post(
        self, path: str, json: Any = None, *, match: int | str | None = None, **options: Any
    ) -> httpx.Response:
        """`match` is the version for `If-Match`."""
        headers = {"Idempotency-Key": str(new_id())}
        if match is not None:
            headers["If-Match"] = f'"{match}"'
        return await self.send("POST", path, json=json, headers=headers | options.pop("headers", {}), **options)

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self._headers | options.pop("headers", {})
        return await self._client.request(method, path, headers=headers, **options)


class Running:
    """A started app: its parts, a caller per role, and events delivered as the consumer would."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, handlers: Handlers) -> None:
        self.app = app
        self.parts: Parts = app.state.parts
        self.handlers = handlers
        self._client = client
        self.issuer = TestIssuer()

    def as_(self, *roles: Role, partnership: UUID, organisation: UUID, person: UUID | None = None) -> Caller:
        """A caller with these roles; none at all is somebody whose token carries no role."""
        token = self.issuer.token(*roles, partnership=partnership, organisation=organisation, person=person)
        return Caller(self._client, token)

    def anonymous(self) -> Caller:
        return Caller(self._client, None)

    async def tell(self, event: Event, *, partnership: UUID, organisation: UUID | None = None) -> Envelope:
        """Deliver one event to this service's handlers, as if it had come from the bus."""
        envelope = envelope_for(event, partnership=partnership, organisation=organisation)
        await consumer.handle(self.parts, self.handlers, envelope)
        return envelope

    async def outbox(self, partnership: UUID) -> list[tuple[str, str]]:
        """(type, data) of the events that wait to be published for the partnership, in order."""
        async with self.parts.worker.engine.connect() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT headers->>'ce_type' AS ce_type, data FROM outbox WHERE partnership_id = $1 ORDER BY seq",
                (partnership,),
            )
            return [(str(row["ce_type"]), str(row["data"])) for row in rows.mappings()]


def envelope_for(event: Event, *, partnership: UUID, organisation: UUID | None = None) -> Envelope:
    """The event as it would arrive."""
    headers = {
        "ce_id": str(new_id()),
        "ce_type": event.TYPE,
        "ce_partnership": str(partnership),
        "ce_organisation": str(organisation or ""),
        "ce_family": str(event.family) if isinstance(event, CaseEvent) else "",
        "ce_audience": str(organisation or ""),
    }
    return Envelope.of(event.TOPIC, event.key, headers, event.model_dump_json())


@asynccontextmanager
async def running(
    create_app: Callable[[], FastAPI], environment: Mapping[str, str], handlers: Handlers
) -> AsyncIterator[Running]:
    """Start the app with this environment, without a worker; tokens of `TestIssuer` are good."""
    own = {"CIRCLE_ISSUER": ISSUER, "CIRCLE_AUDIENCE": ISSUER, "CIRCLE_WORKER": "separate"}
    with mock.patch.dict("os.environ", {**environment, **own}):
        app = create_app()
    async with app.router.lifespan_context(app):
        keys = KeySet(TestIssuer())
        await keys.refresh()
        app.state.verifier = TokenVerifier(ISSUER, ISSUER, keys)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
            yield Running(app, client, handlers)
