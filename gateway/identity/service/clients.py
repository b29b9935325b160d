"""Clients: registered with a secret or a public key, given a new secret, revoked."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import credentials, jwks, repository
from gateway.identity.client_schemas import ClientIn
from gateway.identity.domain import CLIENT_LIFECYCLE, ClientKind, ClientStatus, OrganisationKind, require_client_roles
from gateway.identity.models import Client, Organisation, SignInName
from gateway.identity.names import Names
from gateway.tokens.revocations import Kind, revoke
from shared import history
from shared.auth import Role
from shared.db import now_of, work_of
from shared.errors import Conflict
from shared.etag import Match
from shared.ids import new_id

PREFIX = "circle_client"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A client that is to be."""

    owner: Organisation
    name: str
    kind: ClientKind
    roles: tuple[Role, ...] = ()
    id: UUID | None = None


async def register(session: AsyncSession, body: ClientIn, names: Names) -> tuple[Client, str | None]:
    """A client of one of the partnership's organisations, and its secret unless it has a key."""
    owner = await repository.get_organisation(session, body.organisation)
    known = await repository.find_client_named(session, body.name)
    if known is not None:
        raise Conflict("There is a client of this name.", name="already-registered", id=str(known.id))
    wanted = Wanted(owner, body.name, body.kind, tuple(body.roles))
    if body.public_key is None:
        client, secret = await add(session, wanted, names)
    else:
        client, secret = _new(session, wanted), None
        client.public_key = jwks.checked(body.public_key)
        await _add(session, client, names)
    history.record(session, "client", client.id, (None, ClientStatus.ACTIVE))
    return client, secret


async def add(session: AsyncSession, wanted: Wanted, names: Names, secret: str | None = None) -> tuple[Client, str]:
    """A client with a secret, made here unless given."""
    secret = secret or credentials.new_secret(PREFIX)
    client = _new(session, wanted)
    client.secret_hash = credentials.digest(secret)
    await _add(session, client, names)
    return client, secret


async def rotate(session: AsyncSession, client_id: UUID, match: Match, keep_seconds: int) -> tuple[Client, str]:
    """A new secret. The former one stays good as long as asked for; when not at all, its tokens go too."""
    client = await repository.get_client_for_update(session, client_id)
    match.check(client)
    if client.status != ClientStatus.ACTIVE or client.secret_hash is None:
        raise Conflict("Only an active client that has a secret gets a new one.", name="no-secret")
    secret = credentials.new_secret(PREFIX)
    client.former_secret_hash = client.secret_hash if keep_seconds else None
    client.former_secret_until = now_of(session) + timedelta(seconds=keep_seconds) if keep_seconds else None
    client.secret_hash = credentials.digest(secret)
    if not keep_seconds:
        await revoke(session, Kind.CLIENT, str(client.id))
    history.record(session, "client", client.id, (client.status, client.status), reason_code="secret-rotated")
    return client, secret


async def end(session: AsyncSession, client_id: UUID, match: Match) -> Client:
    """Revoke a client for good: it gets no token any more, and those that it has are refused within a second."""
    client = await repository.get_client_for_update(session, client_id)
    match.check(client)
    former = ClientStatus(client.status)
    client.status = CLIENT_LIFECYCLE.move(former, ClientStatus.REVOKED)
    await revoke(session, Kind.CLIENT, str(client.id))
    history.record(session, "client", client.id, (former, client.status))
    return client


def _new(session: AsyncSession, wanted: Wanted) -> Client:
    owner = wanted.owner
    return Client(
        id=wanted.id or new_id(),
        partnership_id=work_of(session).partnership,
        organisation_id=owner.id,
        name=wanted.name,
        kind=wanted.kind,
        status=ClientStatus.ACTIVE,
        roles=sorted(require_client_roles(wanted.kind, OrganisationKind(owner.kind), wanted.roles)),
        created_at=now_of(session),
    )


async def _add(session: AsyncSession, client: Client, names: Names) -> None:
    session.add(client)
    await session.flush()
    name = SignInName(
        partnership_id=client.partnership_id,
        kind="client",
        name=names.client(client.id),
        client_id=client.id,
        created_at=client.created_at,
    )
    session.add(name)
