"""Which client calls, and whether it proved it: a secret, a signed assertion, or nothing where PKCE will do."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import credentials, repository
from gateway.identity.domain import ClientStatus
from gateway.identity.models import Client
from gateway.tokens import assertions
from gateway.tokens.issuer import Issuer
from gateway.tokens.oauth import basic_of, invalid_client, invalid_request
from shared.db import enter, now_of
from shared.settings import SERVICES

CONSOLE = "console"
_WORKER = "worker-"


@dataclass(frozen=True, slots=True)
class Party:
    """The authenticated client: one of a partnership, one of our own services, or the console."""

    client_id: str
    client: Client | None = None
    service: str | None = None

    @property
    def public(self) -> bool:
        """Whether it holds no credential; it has proved nothing."""
        return self.client is None and self.service is None


async def authenticate(session: AsyncSession, issuer: Issuer, request: Request, form: Mapping[str, str]) -> Party:
    """The client by the one method that it used; the session enters its partnership."""
    basic = basic_of(request.headers.get("authorization"))
    methods = [basic is not None, "client_secret" in form, "client_assertion" in form]
    if sum(methods) > 1:
        raise invalid_request("More than one way to prove the client was used.")
    if "client_assertion" in form:
        return await _by_assertion(session, issuer, form)
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret"))
    if basic is not None and form.get("client_id", client_id) != client_id:
        raise invalid_request("The client is named twice, differently.")
    if secret is None:
        if client_id == CONSOLE:
            return Party(CONSOLE)
        raise invalid_client()
    party = await _by_secret(session, issuer, client_id, secret)
    if party is None:
        raise invalid_client(challenge=basic is not None)
    return party


async def _by_secret(session: AsyncSession, issuer: Issuer, client_id: str, secret: str) -> Party | None:
    if client_id.startswith(_WORKER):
        return _worker(issuer, client_id, secret)
    client = await find_active(session, issuer, client_id)
    if client is None:
        return None
    former = client.former_secret_until is not None and now_of(session) < client.former_secret_until
    good = credentials.is_secret(secret, client.secret_hash)
    if not good and former:
        good = credentials.is_secret(secret, client.former_secret_hash)
    return Party(client_id, client=client) if good else None


def _worker(issuer: Issuer, client_id: str, secret: str) -> Party | None:
    service = client_id.removeprefix(_WORKER)
    if service not in SERVICES:
        return None
    settings = issuer.settings
    kept = settings.worker_client_secrets.get(service, settings.worker_client_secret).get_secret_value()
    return Party(client_id, service=service) if hmac.compare_digest(secret.encode(), kept.encode()) else None


async def _by_assertion(session: AsyncSession, issuer: Issuer, form: Mapping[str, str]) -> Party:
    if form.get("client_assertion_type") != assertions.ASSERTION_TYPE:
        raise invalid_request("The client_assertion_type is not one that is taken here.")
    assertion = form["client_assertion"]
    client_id = assertions.issuer_of(assertion)
    if form.get("client_id", client_id) != client_id:
        raise invalid_client()
    client = await find_active(session, issuer, client_id)
    if client is None or client.public_key is None:
        raise invalid_client()
    ours = issuer.settings.issuer
    claims = assertions.verify(assertion, client_id, client.public_key, (ours, f"{ours}/oauth/token"))
    await assertions.use_once(session, client_id, claims)
    return Party(client_id, client=client)


async def find_active(session: AsyncSession, issuer: Issuer, client_id: str) -> Client | None:
    """The client of that id, locked so that it cannot be revoked meanwhile; the session enters its partnership."""
    try:
        known = UUID(client_id)
    except ValueError:
        return None
    # Only the form in which the id was given out is the client's name.
    if str(known) != client_id:
        return None
    found = await repository.list_sign_in_names(session, issuer.names.client(known))
    if len(found) != 1:
        return None
    await enter(session, found[0].partnership_id)
    client = await repository.find_client_for_share(session, known)
    return client if client is not None and client.status == ClientStatus.ACTIVE else None
