"""Tokens for people: what they are at this moment decides the claims."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import repository
from gateway.tokens.issuer import Granted, Issued, Issuer
from shared.db import now_of, work_of
from shared.errors import Unauthorized


async def find_grant(
    session: AsyncSession, person_id: UUID, organisation: UUID, client_id: str, since: datetime
) -> Granted | None:
    """What the person may be granted in that organisation; None when no membership holds any more.

    `since` is when they proved who they are: whoever was signed out later has to prove it again. The person stays
    locked, so that an end of membership waits for the token and then revokes it.
    """
    person = await repository.find_person_for_share(session, person_id)
    if person is None or (person.signed_out_at is not None and person.signed_out_at >= since):
        return None
    current = await repository.list_current_memberships(session, person_id, now_of(session))
    held = [membership for membership, _ in current if membership.organisation_id == organisation]
    if not held:
        return None
    return Granted(
        subject=str(person_id),
        client_id=client_id,
        partnership=work_of(session).partnership,
        organisation=organisation,
        roles=tuple(sorted({role for membership in held for role in membership.roles})),
        person=person_id,
        until=min((membership.ends_at for membership in held if membership.ends_at), default=None),
    )


async def issue_to_session(
    issuer: Issuer, partnership: UUID, person: UUID, organisation: UUID, signed_in_at: datetime
) -> Issued:
    """A short token for somebody who is signed in to the console; `Unauthorized` when they have to sign in again."""
    async with issuer.transaction("console-token", str(person), partnership) as session:
        granted = await find_grant(session, person, organisation, "console", signed_in_at)
        if granted is None:
            raise Unauthorized("The session is over.")
        return await issuer.issue(session, granted)
