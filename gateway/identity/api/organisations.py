"""Routes of organisations: parse, call, return."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from gateway.identity import repository
from gateway.identity.api.callers import Admin
from gateway.identity.domain import OrganisationKind
from gateway.identity.schemas import OrganisationChange, OrganisationIn, OrganisationOut
from gateway.identity.service import organisations as service
from shared.etag import IfMatch, tag
from shared.http import router as router_of
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import AnyRole, Session

router = router_of("/v1/organisations", "Organisations")
Kind = Annotated[OrganisationKind | None, Query(description="Only organisations of this kind.")]


@router.post("", status_code=201)
async def register_organisation(
    body: OrganisationIn, session: Session, caller: Admin, response: Response
) -> OrganisationOut:
    """Register an organisation of your partnership."""
    organisation = await service.register(session, body)
    tag(response, organisation)
    return OrganisationOut.of(organisation)


@router.get("")
async def list_organisations(
    session: Session, caller: AnyRole, cursor: Cursor = None, limit: Limit = 50, kind: Kind = None
) -> Page[OrganisationOut]:
    """List the organisations of your partnership."""
    rows = await repository.list_organisations(session, cursor, limit, kind)
    items = [OrganisationOut.of(row) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


@router.get("/{organisation_id}")
async def get_organisation(
    organisation_id: UUID, session: Session, caller: AnyRole, response: Response
) -> OrganisationOut:
    """Show an organisation."""
    organisation = await repository.get_organisation(session, organisation_id)
    tag(response, organisation)
    return OrganisationOut.of(organisation)


@router.post("/{organisation_id}/change")
async def change_organisation(
    organisation_id: UUID, body: OrganisationChange, session: Session, caller: Admin, match: IfMatch, response: Response
) -> OrganisationOut:
    """Change an organisation's name and sector."""
    organisation = await service.change(session, organisation_id, body, match)
    await session.flush()
    tag(response, organisation)
    return OrganisationOut.of(organisation)
