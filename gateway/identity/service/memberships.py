"""Memberships: what somebody does for an organisation, from when to when."""

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import repository
from gateway.identity.domain import OrganisationKind, overlaps, require_membership_roles
from gateway.identity.models import Membership
from gateway.identity.schemas import MembershipIn
from gateway.tokens.revocations import Kind, revoke
from shared import audit, history, outbox
from shared.db import now_of, work_of
from shared.errors import Conflict, invalid
from shared.etag import Match
from shared.events.gateway import MembershipEnded, MembershipStarted


async def start(session: AsyncSession, person_id: UUID, body: MembershipIn) -> Membership:
    """Give the person roles in an organisation; one membership at a time in each."""
    person = await repository.get_person_for_update(session, person_id)
    organisation = await repository.get_organisation(session, body.organisation)
    starts_at = body.starts_at or now_of(session)
    if body.ends_at is not None and body.ends_at <= starts_at:
        raise invalid("/to", "ends-before-it-starts", "The end is before the beginning.")
    held = await repository.list_memberships(session, [person.id])
    held = [one for one in held if overlaps(one, starts_at, body.ends_at)]
    others = [role for one in held if one.organisation_id != organisation.id for role in one.roles]
    require_membership_roles(OrganisationKind(organisation.kind), body.roles, others)
    same = next((one for one in held if one.organisation_id == organisation.id), None)
    if same is not None:
        raise Conflict("They are a member at that time already.", name="already-registered", id=str(same.id))
    membership = Membership(
        partnership_id=work_of(session).partnership,
        person_id=person.id,
        organisation_id=organisation.id,
        roles=sorted(set(body.roles)),
        starts_at=starts_at,
        ends_at=body.ends_at,
    )
    session.add(membership)
    audit.saw(session, "person", person.id)
    history.record(session, "membership", membership.id, (None, "started"), happened_at=starts_at)
    outbox.add(session, MembershipStarted(**_told(membership)))
    return membership


async def end(session: AsyncSession, person_id: UUID, membership_id: UUID, match: Match) -> Membership:
    """End it now, and the tokens that came from it with it; one that has not begun never does."""
    person = await repository.get_person_for_update(session, person_id)
    membership = await repository.get_membership(session, person.id, membership_id)
    match.check(membership)
    now = now_of(session)
    if membership.ends_at is not None and membership.ends_at <= now:
        raise Conflict("It has ended already.", name="illegal-move")
    membership.ends_at = max(now, membership.starts_at)
    await revoke(session, Kind.SUBJECT, str(person.id))
    audit.saw(session, "person", person.id)
    history.record(session, "membership", membership.id, ("started", "ended"))
    outbox.add(session, MembershipEnded(**_told(membership)))
    return membership


def _told(membership: Membership) -> dict[str, Any]:
    return {
        "membership": membership.id,
        "person": membership.person_id,
        "organisation": membership.organisation_id,
        "roles": tuple(membership.roles),
        "starts_at": membership.starts_at,
        "ends_at": membership.ends_at,
    }
