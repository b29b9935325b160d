"""Partnerships: the platform's administrators make them, their own administrators change them."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import repository
from gateway.identity.domain import PLATFORM, ClientKind, OrganisationKind
from gateway.identity.models import Client, Organisation, Partnership
from gateway.identity.names import Names
from gateway.identity.schemas import PartnershipChange, PartnershipIn
from gateway.identity.service import clients
from gateway.identity.service.clients import Wanted
from shared import history
from shared.auth import Caller
from shared.db import enter, now_of, work_of
from shared.errors import Conflict, Forbidden
from shared.etag import Match
from shared.ids import new_id


def require_platform(caller: Caller) -> None:
    """An administrator of a partnership is none of the platform."""
    if caller.partnership != PLATFORM:
        raise Forbidden("Only the platform's administrators do this.")


async def found(
    session: AsyncSession, caller: Caller, body: PartnershipIn, names: Names
) -> tuple[Partnership, Organisation, Client, str]:
    """A partnership, its local authority, and the client with which its administration begins, with its secret."""
    require_platform(caller)
    known = await repository.find_partnership_named(session, body.name)
    if known is not None:
        raise Conflict("There is a partnership of this name.", name="already-registered", id=str(known.id))
    partnership = Partnership(
        id=new_id(),
        name=body.name,
        scheme_name=body.scheme_name,
        settings=body.settings.model_dump(mode="json"),
        created_at=now_of(session),
    )
    await enter(session, partnership.id)
    session.add(partnership)
    await session.flush()
    authority = Organisation(
        partnership_id=partnership.id,
        name=body.local_authority,
        kind=OrganisationKind.LA,
        created_at=now_of(session),
    )
    session.add(authority)
    await session.flush()
    client, secret = await _administrator(session, authority, f"{body.name} administration", names)
    await _leave(session, "partnership", partnership.id, "founded")
    return partnership, authority, client, secret


async def appoint(
    session: AsyncSession, caller: Caller, partnership: UUID, name: str, names: Names
) -> tuple[Client, str]:
    """A further administration client, for a partnership whose own are lost."""
    require_platform(caller)
    await repository.get_partnership(session, partnership)
    await enter(session, partnership)
    hosts = await repository.list_organisations(session, None, 1, OrganisationKind.LA)
    client, secret = await _administrator(session, hosts[0], name, names)
    await _leave(session, "client", client.id, "appointed")
    return client, secret


async def change(session: AsyncSession, partnership_id: UUID, body: PartnershipChange, match: Match) -> Partnership:
    """Change the partnership that the caller belongs to."""
    partnership = await repository.get_partnership(session, partnership_id, lock=True)
    match.check(partnership)
    partnership.scheme_name = body.scheme_name
    partnership.settings = body.settings.model_dump(mode="json")
    history.record(session, "partnership", partnership.id, (None, "changed"))
    return partnership


async def _administrator(session: AsyncSession, owner: Organisation, name: str, names: Names) -> tuple[Client, str]:
    client, secret = await clients.add(session, Wanted(owner, name, ClientKind.ADMINISTRATION), names)
    await session.flush()
    return client, secret


async def _leave(session: AsyncSession, kind: str, subject: UUID, what: str) -> None:
    """Back to the platform's own partnership, whose audit says what its administrator did."""
    await enter(session, PLATFORM)
    history.record(session, kind, subject, (None, what))
    work_of(session).pending.seen.setdefault(kind, set()).add(str(subject))
