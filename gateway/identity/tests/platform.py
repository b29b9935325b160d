"""A started gateway with its own issuer, and whom a test needs on it: everything is made over HTTP."""

import base64
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
from sqlalchemy import text

from gateway.identity.bootstrap import bootstrap
from gateway.main import create_app
from gateway.proxy import DataPath
from gateway.settings import GatewaySettings
from gateway.tokens.issuer import Issuer
from shared.auth import Role
from shared.ids import new_id
from shared.parts import Parts
from shared.testing import Caller

PASSWORD = "three random words"
# The same for every gateway of a test process: they share one database, and with it its administrator.
ROOT_SECRET = "of the platform's administrator in tests"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@dataclass
class Person:
    """Somebody with a password."""

    id: UUID
    email: str
    password: str = PASSWORD
    memberships: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Partnership:
    """A fresh partnership with its administrator."""

    id: UUID
    name: str
    authority: UUID
    client_id: str
    client_secret: str
    admin: Caller


class Platform:
    """The gateway behind an HTTP client."""

    def __init__(self, edge: DataPath, client: httpx.AsyncClient, root: tuple[str, str]) -> None:
        self.edge = edge
        self.client = client
        self.root_credentials = root

    @property
    def issuer(self) -> Issuer:
        issuer: Issuer = self.edge.state.issuer
        return issuer

    @property
    def parts(self) -> Parts:
        return self.issuer.parts

    @property
    def redirect_uri(self) -> str:
        return f"{self.issuer.settings.issuer}/console/callback"

    def bearer(self, token: str | None) -> Caller:
        return Caller(self.client, token)

    async def ask_token(self, client_id: str, secret: str, **form: str) -> httpx.Response:
        data = {"grant_type": "client_credentials", **form}
        return await self.client.post("/oauth/token", data=data, auth=(client_id, secret))

    async def token(self, client_id: str, secret: str, **form: str) -> str:
        answer = await self.ask_token(client_id, secret, **form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def root(self) -> Caller:
        """The platform's administrator, whom another test may have renewed or revoked meanwhile."""
        answer = await self.ask_token(*self.root_credentials)
        if answer.status_code == 401:
            made = await bootstrap(self.issuer.settings, ROOT_SECRET)
            self.root_credentials = (str(made.client_id), ROOT_SECRET)
            answer = await self.ask_token(*self.root_credentials)
        return self.bearer(answer.json()["access_token"])

    async def found(self) -> Partnership:
        name = f"Partnership {new_id()}"
        body = {"name": name, "scheme_name": "Empowering families", "local_authority": "The authority"}
        answer = await (await self.root()).post("/v1/partnerships", body)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        client_id, secret = made["administrator"]["id"], made["client_secret"]
        admin = self.bearer(await self.token(client_id, secret))
        authority = UUID(made["local_authority"]["id"])
        return Partnership(UUID(made["partnership"]["id"]), name, authority, client_id, secret, admin)

    async def organisation(self, partnership: Partnership, kind: str = "scheme") -> UUID:
        answer = await partnership.admin.post("/v1/organisations", {"name": f"{kind} {new_id()}", "kind": kind})
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    async def person(self, partnership: Partnership, organisation: UUID, *roles: Role) -> Person:
        """Somebody with these roles there, who has set a password."""
        person = await self.member(partnership, organisation, *roles)
        assert (await self.invite_and_set(partnership, person, PASSWORD)).status_code == 200
        return person

    async def member(self, partnership: Partnership, organisation: UUID, *roles: Role) -> Person:
        """Somebody with these roles there, who has no password."""
        email = f"{new_id()}@example.org"
        answer = await partnership.admin.post("/v1/people", {"display_name": "Ada Example", "email": email})
        assert answer.status_code == 201, answer.text
        person = Person(UUID(answer.json()["id"]), email)
        await self.join(partnership, person, organisation, *roles)
        return person

    async def join(self, partnership: Partnership, person: Person, organisation: UUID, *roles: Role) -> None:
        body = {"organisation": str(organisation), "roles": list(roles)}
        answer = await partnership.admin.post(f"/v1/people/{person.id}/memberships", body)
        assert answer.status_code == 201, answer.text
        person.memberships.append(answer.json())

    async def invite_and_set(self, partnership: Partnership, person: Person, password: str) -> httpx.Response:
        invited = await partnership.admin.post(f"/v1/people/{person.id}/invitations")
        form = {"email": person.email, "proof": invited.json()["code"], "password": password}
        return await self.client.post("/oauth/password", data=form)

    def asked(self, **other: str) -> dict[str, str]:
        """The parameters with which the console sends somebody to sign in."""
        return {
            "response_type": "code",
            "client_id": "console",
            "redirect_uri": self.redirect_uri,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "state": "the-state",
        } | other

    async def ticket(self, **other: str) -> str:
        shown = await self.client.get("/oauth/authorize", params=self.asked(**other))
        return ticket_on(shown)

    async def enter(self, email: str, password: str, **other: str) -> httpx.Response:
        """Fill in the sign-in page."""
        form = {"ticket": await self.ticket(**other), "email": email, "password": password}
        return await self.client.post("/oauth/authorize", data=form)

    async def code(self, person: Person) -> str:
        answer = await self.enter(person.email, person.password)
        assert answer.status_code == 303, answer.text
        return code_in(answer)

    async def redeem(self, code: str, /, **other: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": "console",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        } | other
        return await self.client.post("/oauth/token", data=form)

    async def forget_failures(self) -> None:
        """As if all attempts to sign in had been long ago."""
        async with self.parts.worker.engine.begin() as connection:
            await connection.execute(text("DELETE FROM sign_in_failures"))

    async def sign_in(self, person: Person) -> Caller:
        answer = await self.redeem(await self.code(person))
        assert answer.status_code == 200, answer.text
        return self.bearer(answer.json()["access_token"])


def ticket_on(page: httpx.Response) -> str:
    found = re.search(r'name="ticket" value="([0-9a-f]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def code_in(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


@asynccontextmanager
async def started(environment: Mapping[str, str]) -> AsyncIterator[Platform]:
    """A gateway with this environment, its first administrator made."""
    with mock.patch.dict("os.environ", environment):
        administrator = await bootstrap(GatewaySettings(), ROOT_SECRET)
        edge = create_app()
    async with edge.app.router.lifespan_context(edge.app):
        transport = httpx.ASGITransport(app=edge, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=edge.settings.issuer) as client:
            yield Platform(edge, client, (str(administrator.client_id), ROOT_SECRET))
