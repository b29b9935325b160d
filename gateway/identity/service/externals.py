"""Identities at external issuers: under which one somebody is known there."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import repository
from gateway.identity.models import SignInName
from gateway.identity.names import Names
from gateway.identity.schemas import ExternalIdentityIn, ExternalIdentityOut
from gateway.tokens.revocations import Kind, revoke
from shared import history
from shared.db import now_of, work_of
from shared.errors import Conflict, NotFound, invalid


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose identity it is."""

    person: UUID | None = None
    client: UUID | None = None

    @property
    def id(self) -> UUID:
        found = self.person or self.client
        assert found is not None  # noqa: S101 - one of the two is given
        return found

    async def require(self, session: AsyncSession) -> None:
        """Lock the owner, or `NotFound`."""
        if self.person is not None:
            await repository.get_person_for_update(session, self.person)
        else:
            await repository.get_client_for_update(session, self.id)


async def add(
    session: AsyncSession, owner: Owner, body: ExternalIdentityIn, names: Names, trusted: Collection[str]
) -> SignInName:
    """Register it; the issuer has to be one that the platform is configured to trust."""
    await owner.require(session)
    if body.issuer not in trusted:
        raise invalid("/issuer", "unknown-issuer", "The platform is not configured to trust this issuer.")
    if body.organisation is not None:
        await repository.get_organisation(session, body.organisation)
    digest = names.external(body.issuer, body.subject)
    known = await repository.find_sign_in_name(session, digest, work_of(session).partnership)
    if known is not None:
        raise Conflict("This identity is registered already.", name="already-registered", id=str(known.id))
    name = SignInName(
        partnership_id=work_of(session).partnership,
        kind="external",
        name=digest,
        person_id=owner.person,
        client_id=owner.client,
        organisation_id=body.organisation if owner.person else None,
        issuer=body.issuer,
        created_at=now_of(session),
    )
    session.add(name)
    history.record(session, "external-identity", name.id, (None, "registered"))
    return name


async def listed(session: AsyncSession, owner: Owner) -> list[ExternalIdentityOut]:
    """All of one owner."""
    await owner.require(session)
    return [shown(name) for name in await _all(session, owner)]


async def remove(session: AsyncSession, owner: Owner, identity: UUID) -> None:
    """Remove it, and every token that its owner has: some of them may have come from it."""
    await owner.require(session)
    name = next((name for name in await _all(session, owner) if name.id == identity), None)
    if name is None:
        raise NotFound
    await session.delete(name)
    await revoke(session, Kind.SUBJECT, str(owner.id))
    history.record(session, "external-identity", identity, ("registered", "removed"))


async def _all(session: AsyncSession, owner: Owner) -> list[SignInName]:
    return list(await repository.list_external_names(session, work_of(session).partnership, owner.id))


def shown(name: SignInName) -> ExternalIdentityOut:
    return ExternalIdentityOut(
        id=name.id, issuer=name.issuer or "", organisation=name.organisation_id, created_at=name.created_at
    )
