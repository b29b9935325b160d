"""The first administrator: written into an empty platform from beside it, because nobody may ask for it over HTTP."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import credentials, names, repository
from gateway.identity.domain import ADMINISTRATOR, PLATFORM, ClientKind, ClientStatus, OrganisationKind
from gateway.identity.models import Client, Organisation, Partnership
from gateway.identity.service import clients
from gateway.identity.service.clients import Wanted
from gateway.settings import GatewaySettings
from gateway.tokens.issuer import Issuer
from gateway.tokens.revocations import Kind, Revocations, revoke
from shared import history
from shared.crypto import KeyRing
from shared.db import now_of
from shared.parts import Parts

NAME = "Platform administration"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('circle-bootstrap', 3))")
_SHORTEST = 32


@dataclass(frozen=True, slots=True)
class Administrator:
    """The platform's first client; the secret only when it was made or set this time."""

    client_id: UUID
    client_secret: str | None


async def bootstrap(settings: GatewaySettings, secret: str | None = None, *, renew: bool = False) -> Administrator:
    """Make the platform's administrator where there is none.

    Where there is one nothing happens, unless `secret` is another one or `renew` asks for a new one: whoever may write
    to the database could do that anyway, and a lost secret has to be replaced somehow.
    """
    if secret is not None and len(secret) < _SHORTEST:
        raise ValueError(f"the secret needs at least {_SHORTEST} characters")
    parts = Parts.of(settings)
    try:
        issuer = Issuer(parts, settings, Revocations())
        async with issuer.transaction("bootstrap", "bootstrap") as session:
            await session.execute(_LOCK)
            return await _ensure(session, parts.ring, secret, renew=renew)
    finally:
        await parts.close()


async def _ensure(session: AsyncSession, ring: KeyRing, secret: str | None, *, renew: bool) -> Administrator:
    client = await repository.find_client_named(session, NAME)
    if client is None:
        return await _make(session, ring, secret)
    if client.status == ClientStatus.REVOKED:
        return await _succeed(session, ring, client, secret)
    same = secret is None or credentials.is_secret(secret, client.secret_hash)
    if same and not renew:
        return Administrator(client.id, None)
    return await _replace(session, client, secret or credentials.new_secret(clients.PREFIX))


async def _make(session: AsyncSession, ring: KeyRing, secret: str | None) -> Administrator:
    now = now_of(session)
    session.add(Partnership(id=PLATFORM, name="Platform", scheme_name="Platform", settings={}, created_at=now))
    await session.flush()
    owner = Organisation(partnership_id=PLATFORM, name="Platform", kind=OrganisationKind.PLATFORM, created_at=now)
    session.add(owner)
    await session.flush()
    return await _add(session, ring, Wanted(owner, NAME, ClientKind.ADMINISTRATION, id=ADMINISTRATOR), secret)


async def _succeed(session: AsyncSession, ring: KeyRing, former: Client, secret: str | None) -> Administrator:
    """A revoked client stays revoked, so another one takes its name."""
    former.name = f"{NAME}, revoked {former.id}"
    await session.flush()
    owner = await repository.get_organisation(session, former.organisation_id)
    return await _add(session, ring, Wanted(owner, NAME, ClientKind.ADMINISTRATION), secret)


async def _add(session: AsyncSession, ring: KeyRing, wanted: Wanted, secret: str | None) -> Administrator:
    client, made = await clients.add(session, wanted, await names.load(session, ring), secret)
    history.record(session, "client", client.id, (None, ClientStatus.ACTIVE), reason_code="bootstrap")
    return Administrator(client.id, made)


async def _replace(session: AsyncSession, client: Client, secret: str) -> Administrator:
    client.secret_hash, client.former_secret_hash = credentials.digest(secret), None
    await revoke(session, Kind.CLIENT, str(client.id))
    history.record(session, "client", client.id, (client.status, client.status), reason_code="bootstrap-renewed")
    return Administrator(client.id, secret)


async def rotate_signing_key(settings: GatewaySettings, *, at_once: bool = False) -> str:
    """A new signing key, published before it signs; `at_once` also withdraws every other. The key's id."""
    parts = Parts.of(settings)
    try:
        issuer = Issuer(parts, settings, Revocations())
        async with issuer.transaction("rotate-signing-key", "operator") as session:
            return await issuer.keys.rotate(session, at_once=at_once)
    finally:
        await parts.close()
