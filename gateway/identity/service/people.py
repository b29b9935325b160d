"""People: registered, changed, invited, signed out; shown to whom they may be shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import credentials, repository
from gateway.identity.models import Membership, Person, SignInName
from gateway.identity.names import Names
from gateway.identity.schemas import MembershipOut, PersonDetails, PersonIn, PersonOut
from gateway.tokens.sign_in import sign_out as end_sessions
from shared import audit, history
from shared.auth import Caller, Role
from shared.crypto import Cipher, Subject, Vault
from shared.db import now_of, work_of
from shared.errors import Conflict, NotFound
from shared.etag import Match
from shared.ids import new_id

NAME, EMAIL = "people.display_name", "people.email"


async def register(session: AsyncSession, body: PersonIn, names: Names, vault: Vault) -> Person:
    """Somebody new; the same address or reference twice is refused with the id that is there."""
    partnership, person_id = work_of(session).partnership, new_id()
    await _require_free(session, names.email(body.email), body.reference)
    cipher = await vault.cipher(partnership, Subject.person(person_id))
    person = Person(
        id=person_id,
        partnership_id=partnership,
        reference=body.reference,
        display_name=cipher.seal(NAME, body.display_name),
        email=cipher.seal(EMAIL, body.email),
        created_at=now_of(session),
    )
    session.add(person)
    await session.flush()
    session.add(_email_name(session, person_id, names.email(body.email)))
    audit.saw(session, "person", person_id)
    history.record(session, "person", person_id, (None, "registered"))
    return person


async def change(
    session: AsyncSession, person_id: UUID, body: PersonDetails, match: Match, tools: tuple[Names, Vault]
) -> Person:
    """Change name and address; who signs in by another address has to sign in anew."""
    names, vault = tools
    person = await repository.get_person_for_update(session, person_id)
    match.check(person)
    cipher = await vault.cipher(person.partnership_id, Subject.person(person_id))
    wanted = names.email(body.email)
    known = await repository.find_email_name_for_update(session, person_id, person.partnership_id)
    if known is None or known.name != wanted:
        await _require_free(session, wanted, None)
        if known is not None:
            await session.delete(known)
            await session.flush()
        session.add(_email_name(session, person_id, wanted))
        await end_sessions(session, person)
    person.display_name, person.email = cipher.seal(NAME, body.display_name), cipher.seal(EMAIL, body.email)
    audit.saw(session, "person", person_id)
    history.record(session, "person", person_id, (None, "changed"))
    return person


async def invite(session: AsyncSession, person_id: UUID, hours: int) -> tuple[str, datetime]:
    """A code with which the person sets a password; whoever asks for it never knows that one."""
    person = await repository.get_person_for_update(session, person_id)
    code, until = credentials.new_secret("circle_code"), now_of(session) + timedelta(hours=hours)
    person.invitation_hash, person.invitation_until = credentials.digest(code), until
    audit.saw(session, "person", person_id)
    history.record(session, "person", person_id, (None, "invited"))
    return code, until


async def sign_out(session: AsyncSession, person_id: UUID) -> datetime:
    """End every session and token that the person has."""
    await end_sessions(session, await repository.get_person_for_update(session, person_id))
    history.record(session, "person", person_id, (None, "signed-out"))
    return now_of(session)


async def shown(session: AsyncSession, people: Sequence[Person], vault: Vault) -> list[PersonOut]:
    """People as this caller may see them, with their memberships."""
    work = work_of(session)
    ciphers = await vault.ciphers(work.partnership, [Subject.person(person.id) for person in people])
    memberships = await repository.list_memberships(session, [person.id for person in people])
    if people:
        audit.saw(session, "person", *(person.id for person in people))
    return [
        _out(
            person,
            ciphers.get(Subject.person(person.id)),
            [membership for membership in memberships if membership.person_id == person.id],
            closely=Role.ADMIN in work.roles or work.person == person.id,
        )
        for person in people
    ]


def require_may_see(caller: Caller, person_id: UUID) -> None:
    """Volunteers, advocates and members of the voluntary sector look up nobody but themselves."""
    only_self = caller.roles <= {Role.VOLUNTEER, Role.ADVOCATE, Role.VCS_MEMBER, Role.PARTNER_SYSTEM}
    if only_self and caller.person != person_id:
        raise NotFound


def _out(person: Person, cipher: Cipher | None, memberships: list[Membership], *, closely: bool) -> PersonOut:
    return PersonOut(
        id=person.id,
        reference=person.reference,
        display_name=cipher.open(NAME, person.display_name) if cipher else None,
        email=cipher.open(EMAIL, person.email) if cipher and closely else None,
        has_password=person.password_hash is not None if closely else None,
        memberships=[MembershipOut.of(membership) for membership in memberships],
    )


async def _require_free(session: AsyncSession, name: bytes, reference: str | None) -> None:
    known = await repository.find_sign_in_name(session, name, work_of(session).partnership)
    person = known.person_id if known else None
    if person is None and reference is not None:
        other = await repository.find_person_by(session, reference)
        person = other.id if other else None
    if person is not None:
        raise Conflict("This person is registered already.", name="already-registered", id=str(person))


def _email_name(session: AsyncSession, person: UUID, name: bytes) -> SignInName:
    work = work_of(session)
    return SignInName(
        partnership_id=work.partnership, kind="email", name=name, person_id=person, created_at=now_of(session)
    )
