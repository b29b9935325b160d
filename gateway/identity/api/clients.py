"""Routes of clients: parse, call, return."""

from uuid import UUID

from fastapi import Request, Response

from gateway.identity import repository
from gateway.identity.api.callers import ADMIN, Admin
from gateway.identity.client_schemas import ClientIn, ClientMade, ClientOut, Rotation
from gateway.identity.schemas import ExternalIdentityIn, ExternalIdentityOut
from gateway.identity.service import clients, externals
from gateway.identity.service.externals import Owner
from gateway.tokens.start import IssuerOf
from shared.etag import IfMatch, tag
from shared.http import router as router_of
from shared.idempotency import leave_out
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import Session

router = router_of("/v1/clients", "Clients")


@router.post("", status_code=201)
async def register_client(
    body: ClientIn, session: Session, caller: Admin, issuer: IssuerOf, request: Request, response: Response
) -> ClientMade:
    """Register a client for one of your partnership's organisations."""
    leave_out(request, "client_secret")
    client, secret = await clients.register(session, body, issuer.names)
    tag(response, client)
    return ClientMade(client=ClientOut.of(client), client_secret=secret)


@router.get("")
async def list_clients(session: Session, caller: Admin, cursor: Cursor = None, limit: Limit = 50) -> Page[ClientOut]:
    """List your partnership's clients."""
    rows = await repository.list_clients(session, cursor, limit)
    items = [ClientOut.of(row) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


@router.get("/{client_id}")
async def get_client(client_id: UUID, session: Session, caller: Admin, response: Response) -> ClientOut:
    """Show a client."""
    client = await repository.get_client(session, client_id)
    tag(response, client)
    return ClientOut.of(client)


@router.post("/{client_id}/rotate-secret", dependencies=[ADMIN])
async def rotate_client_secret(
    client_id: UUID, body: Rotation, session: Session, match: IfMatch, request: Request, response: Response
) -> ClientMade:
    """Make a new secret; the former one may stay good for up to a day."""
    leave_out(request, "client_secret")
    client, secret = await clients.rotate(session, client_id, match, body.keep_former_seconds)
    await session.flush()
    tag(response, client)
    return ClientMade(client=ClientOut.of(client), client_secret=secret)


@router.post("/{client_id}/revoke")
async def revoke_client(
    client_id: UUID, session: Session, caller: Admin, match: IfMatch, response: Response
) -> ClientOut:
    """Revoke a client for good; its tokens are refused within a second."""
    client = await clients.end(session, client_id, match)
    await session.flush()
    tag(response, client)
    return ClientOut.of(client)


@router.post("/{client_id}/external-identities", status_code=201)
async def register_external_identity_of_client(
    client_id: UUID, body: ExternalIdentityIn, session: Session, caller: Admin, issuer: IssuerOf
) -> ExternalIdentityOut:
    """Register under which identity a trusted external issuer knows this client."""
    trusted = {one.issuer for one in issuer.settings.external_issuers}
    return externals.shown(await externals.add(session, Owner(client=client_id), body, issuer.names, trusted))


@router.get("/{client_id}/external-identities")
async def list_external_identities_of_client(
    client_id: UUID, session: Session, caller: Admin
) -> list[ExternalIdentityOut]:
    """List its identities at external issuers."""
    return await externals.listed(session, Owner(client=client_id))


@router.delete("/{client_id}/external-identities/{identity_id}", status_code=204)
async def remove_external_identity_of_client(
    client_id: UUID, identity_id: UUID, session: Session, caller: Admin
) -> None:
    """Remove an identity; tokens that may have come from it are refused within a second."""
    await externals.remove(session, Owner(client=client_id), identity_id)
