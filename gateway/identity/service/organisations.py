"""Organisations of a partnership."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import repository
from gateway.identity.models import Organisation
from gateway.identity.schemas import OrganisationChange, OrganisationIn
from shared import history
from shared.db import now_of, work_of
from shared.errors import Conflict
from shared.etag import Match


async def register(session: AsyncSession, body: OrganisationIn) -> Organisation:
    """Add an organisation; its name is its own in the partnership."""
    await _require_free(session, body.name)
    organisation = Organisation(
        partnership_id=work_of(session).partnership,
        name=body.name,
        kind=body.kind,
        sector=body.sector,
        created_at=now_of(session),
    )
    session.add(organisation)
    await session.flush()
    history.record(session, "organisation", organisation.id, (None, "registered"))
    return organisation


async def change(session: AsyncSession, organisation_id: UUID, body: OrganisationChange, match: Match) -> Organisation:
    """Change name and sector; the kind decides about roles that were given, so it stays."""
    organisation = await repository.get_organisation(session, organisation_id, lock=True)
    match.check(organisation)
    if body.name != organisation.name:
        await _require_free(session, body.name)
    organisation.name, organisation.sector = body.name, body.sector
    history.record(session, "organisation", organisation.id, (None, "changed"))
    return organisation


async def _require_free(session: AsyncSession, name: str) -> None:
    known = await repository.find_organisation_named(session, name)
    if known is not None:
        raise Conflict("There is an organisation of this name.", name="already-registered", id=str(known.id))
