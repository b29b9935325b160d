"""Routes of partnerships: parse, call, return."""

from uuid import UUID

from fastapi import Request, Response

from gateway.identity import repository
from gateway.identity.api.callers import Admin
from gateway.identity.client_schemas import AdministratorIn, ClientMade, ClientOut, PartnershipMade
from gateway.identity.schemas import OrganisationOut, PartnershipChange, PartnershipIn, PartnershipOut
from gateway.identity.service import partnerships as service
from gateway.tokens.start import IssuerOf
from shared.errors import NotFound
from shared.etag import IfMatch, tag
from shared.http import router as router_of
from shared.idempotency import leave_out
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import AnyRole, Session

router = router_of("/v1/partnerships", "Partnerships")


@router.post("", status_code=201)
async def found_partnership(
    body: PartnershipIn, session: Session, caller: Admin, issuer: IssuerOf, request: Request
) -> PartnershipMade:
    """Found a partnership with its local authority and first administration client; by a platform administrator."""
    leave_out(request, "client_secret")
    partnership, authority, client, secret = await service.found(session, caller, body, issuer.names)
    return PartnershipMade(
        partnership=PartnershipOut.of(partnership),
        local_authority=OrganisationOut.of(authority),
        administrator=ClientOut.of(client),
        client_secret=secret,
    )


@router.get("")
async def list_partnerships(
    session: Session, caller: AnyRole, cursor: Cursor = None, limit: Limit = 50
) -> Page[PartnershipOut]:
    """List the partnerships that you may see: your own; all, for a platform administrator."""
    rows = await repository.list_partnerships(session, cursor, limit)
    items = [PartnershipOut.of(row) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


@router.get("/{partnership_id}")
async def get_partnership(
    partnership_id: UUID, session: Session, caller: AnyRole, response: Response
) -> PartnershipOut:
    """Show a partnership and its settings."""
    partnership = await repository.get_partnership(session, partnership_id)
    tag(response, partnership)
    return PartnershipOut.of(partnership)


@router.post("/{partnership_id}/change")
async def change_partnership(
    partnership_id: UUID, body: PartnershipChange, session: Session, caller: Admin, match: IfMatch, response: Response
) -> PartnershipOut:
    """Change your own partnership's scheme name and settings."""
    if partnership_id != caller.partnership:
        raise NotFound
    partnership = await service.change(session, partnership_id, body, match)
    await session.flush()
    tag(response, partnership)
    return PartnershipOut.of(partnership)


@router.post("/{partnership_id}/administrators", status_code=201)
async def appoint_administrator(
    partnership_id: UUID, body: AdministratorIn, session: Session, caller: Admin, issuer: IssuerOf, request: Request
) -> ClientMade:
    """Make a further administration client for a partnership; by a platform administrator."""
    leave_out(request, "client_secret")
    client, secret = await service.appoint(session, caller, partnership_id, body.name, issuer.names)
    return ClientMade(client=ClientOut.of(client), client_secret=secret)
