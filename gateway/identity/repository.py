"""Every SELECT of identity; `_for_update` and `_for_share` lock the row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, literal
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.models import Client, Membership, Organisation, Partnership, Person, SignInName
from shared.errors import NotFound
from shared.pagination import bad_cursor, decode


def after(cursor: str | None) -> UUID:
    """The id after which a page begins."""
    if cursor is None:
        return UUID(int=0)
    try:
        return UUID(decode(cursor, 1)[0])
    except ValueError as error:
        raise bad_cursor() from error


async def get_partnership(session: AsyncSession, partnership_id: UUID, *, lock: bool = False) -> Partnership:
    query = select(Partnership).where(Partnership.id == partnership_id)
    found = (await session.exec(query.with_for_update() if lock else query)).first()
    if found is None:
        raise NotFound
    return found


async def find_partnership_named(session: AsyncSession, name: str) -> Partnership | None:
    return (await session.exec(select(Partnership).where(Partnership.name == name))).first()


async def list_partnerships(session: AsyncSession, cursor: str | None, limit: int) -> Sequence[Partnership]:
    query = select(Partnership).where(Partnership.id > after(cursor)).order_by(col(Partnership.id)).limit(limit + 1)
    return (await session.exec(query)).all()


async def get_organisation(session: AsyncSession, organisation_id: UUID, *, lock: bool = False) -> Organisation:
    query = select(Organisation).where(Organisation.id == organisation_id)
    found = (await session.exec(query.with_for_update() if lock else query)).first()
    if found is None:
        raise NotFound
    return found


async def find_organisation_named(session: AsyncSession, name: str) -> Organisation | None:
    return (await session.exec(select(Organisation).where(Organisation.name == name))).first()


async def list_organisations(
    session: AsyncSession, cursor: str | None, limit: int, kind: str | None
) -> Sequence[Organisation]:
    query = select(Organisation).where(Organisation.id > after(cursor))
    if kind is not None:
        query = query.where(Organisation.kind == kind)
    return (await session.exec(query.order_by(col(Organisation.id)).limit(limit + 1))).all()


async def get_person(session: AsyncSession, person_id: UUID) -> Person:
    found = await session.get(Person, person_id)
    if found is None:
        raise NotFound
    return found


async def get_person_for_update(session: AsyncSession, person_id: UUID) -> Person:
    """Waits for whoever issues a token to this person, so that none slips past what is about to change."""
    query = select(Person).where(Person.id == person_id).with_for_update()
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound
    return found


async def find_person_for_share(session: AsyncSession, person_id: UUID) -> Person | None:
    """For issuing: the person cannot change until the token is made."""
    query = select(Person).where(Person.id == person_id).with_for_update(read=True)
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def find_person_by(session: AsyncSession, reference: str) -> Person | None:
    return (await session.exec(select(Person).where(Person.reference == reference))).first()


@dataclass(frozen=True, slots=True)
class People:
    """Which people: those who are or were members of an organisation, there or anywhere with a role; one by its key."""

    organisation: UUID | None = None
    role: str | None = None
    reference: str | None = None


async def list_people(session: AsyncSession, cursor: str | None, limit: int, wanted: People) -> Sequence[Person]:
    query = select(Person).where(Person.id > after(cursor))
    if wanted.organisation is not None or wanted.role is not None:
        members = select(Membership.person_id)
        if wanted.organisation is not None:
            members = members.where(Membership.organisation_id == wanted.organisation)
        if wanted.role is not None:
            members = members.where(literal(wanted.role) == any_(col(Membership.roles)))
        query = query.where(col(Person.id).in_(members))
    if wanted.reference is not None:
        query = query.where(Person.reference == wanted.reference)
    return (await session.exec(query.order_by(col(Person.id)).limit(limit + 1))).all()


async def list_memberships(session: AsyncSession, people: Sequence[UUID]) -> Sequence[Membership]:
    """Every membership of these people, the oldest first."""
    query = select(Membership).where(col(Membership.person_id).in_(people))
    return (await session.exec(query.order_by(col(Membership.starts_at), col(Membership.id)))).all()


async def list_current_memberships(
    session: AsyncSession, person: UUID, now: datetime
) -> Sequence[tuple[Membership, Organisation]]:
    """What the person is at this moment, with the organisation, the oldest first."""
    query = (
        select(Membership, Organisation)
        .where(Membership.organisation_id == Organisation.id, Membership.person_id == person)
        .where(Membership.starts_at <= now, or_(col(Membership.ends_at).is_(None), col(Membership.ends_at) > now))
        .order_by(col(Membership.starts_at), col(Membership.id))
        .execution_options(populate_existing=True)
    )
    return (await session.exec(query)).all()


async def get_membership(session: AsyncSession, person: UUID, membership: UUID) -> Membership:
    found = await session.get(Membership, membership)
    if found is None or found.person_id != person:
        raise NotFound
    return found


async def get_client_for_update(session: AsyncSession, client_id: UUID) -> Client:
    found = (await session.exec(select(Client).where(Client.id == client_id).with_for_update())).first()
    if found is None:
        raise NotFound
    return found


async def find_client_for_share(session: AsyncSession, client_id: UUID) -> Client | None:
    """For issuing: the client cannot be revoked until the token is made."""
    query = select(Client).where(Client.id == client_id).with_for_update(read=True)
    return (await session.exec(query)).first()


async def get_client(session: AsyncSession, client_id: UUID) -> Client:
    found = await session.get(Client, client_id)
    if found is None:
        raise NotFound
    return found


async def find_client_named(session: AsyncSession, name: str) -> Client | None:
    return (await session.exec(select(Client).where(Client.name == name))).first()


async def list_clients(session: AsyncSession, cursor: str | None, limit: int) -> Sequence[Client]:
    query = select(Client).where(Client.id > after(cursor)).order_by(col(Client.id)).limit(limit + 1)
    return (await session.exec(query)).all()


async def list_sign_in_names(session: AsyncSession, name: bytes) -> Sequence[SignInName]:
    """Who is known under this digest, in whatever partnership: the one look before the tenant is known."""
    query = select(SignInName).where(SignInName.name == name).order_by(col(SignInName.id)).limit(5)
    return (await session.exec(query)).all()


async def find_sign_in_name(session: AsyncSession, name: bytes, partnership: UUID) -> SignInName | None:
    """The digest's owner in one partnership."""
    query = select(SignInName).where(SignInName.name == name, SignInName.partnership_id == partnership)
    return (await session.exec(query)).first()


async def find_email_name_for_update(session: AsyncSession, person: UUID, partnership: UUID) -> SignInName | None:
    query = select(SignInName).where(
        SignInName.person_id == person, SignInName.kind == "email", SignInName.partnership_id == partnership
    )
    return (await session.exec(query.with_for_update())).first()


async def list_external_names(session: AsyncSession, partnership: UUID, owner: UUID) -> Sequence[SignInName]:
    """The identities at external issuers of one person or client."""
    query = select(SignInName).where(
        SignInName.partnership_id == partnership,
        SignInName.kind == "external",
        or_(SignInName.person_id == owner, SignInName.client_id == owner),
    )
    return (await session.exec(query.order_by(col(SignInName.id)))).all()
