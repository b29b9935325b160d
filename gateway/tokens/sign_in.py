"""How a person proves who they are, and sets the password with which they do."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import credentials, repository
from gateway.identity.domain import is_email, weakness_of
from gateway.identity.models import Person
from gateway.tokens import attempts
from gateway.tokens.issuer import Issuer
from gateway.tokens.revocations import Kind, revoke
from shared import audit, history
from shared.db import enter, now_of, work_of


@dataclass(frozen=True, slots=True)
class Seat:
    """One organisation for which somebody who proved who they are may act."""

    partnership: UUID
    person: UUID
    organisation: UUID
    name: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    partnership: UUID
    person: UUID
    password_hash: str | None


async def sign_in(issuer: Issuer, email: str, password: str, address: str) -> list[Seat]:
    """Where this person may act; nothing when address or password are wrong, or no membership holds.

    Whoever has a record in several partnerships is known in those whose password this is. The time that it takes
    tells only in how many partnerships an address is known, and the same for none and one.
    """
    await attempts.count(issuer, email, address)
    known = [one for one in await _candidates(issuer, email) if await _proves(one, password)]
    if not known:
        return []
    async with issuer.transaction("sign-in") as session:
        seats = [seat for one in known for seat in await _seats(session, one)]
        await attempts.forget(session, issuer, email, address)
    return seats


async def _proves(candidate: _Candidate, password: str) -> bool:
    return await credentials.is_password(password, candidate.password_hash) and candidate.person.int != 0


async def _candidates(issuer: Issuer, email: str) -> list[_Candidate]:
    """Everybody of that address; a candidate who is nobody where there is none, so that the same work is done."""
    found = []
    async with issuer.transaction("sign-in") as session:
        for name in await repository.list_sign_in_names(session, issuer.names.email(email)):
            await enter(session, name.partnership_id)
            if name.person_id is not None:
                person = await repository.get_person(session, name.person_id)
                found.append(_Candidate(name.partnership_id, person.id, person.password_hash))
    return found or [_Candidate(UUID(int=0), UUID(int=0), None)]


async def _seats(session: AsyncSession, candidate: _Candidate) -> list[Seat]:
    await enter(session, candidate.partnership)
    current = await repository.list_current_memberships(session, candidate.person, now_of(session))
    names = {organisation.id: organisation.name for _, organisation in current}
    return [Seat(candidate.partnership, candidate.person, one, name) for one, name in names.items()]


async def set_password(issuer: Issuer, email: str, proof: str, password: str, address: str) -> str | None:
    """Set a password, proved by an invitation's code or by the present password; why it was refused, or None.

    Everybody who is signed in as this person is signed out.
    """
    weakness = weakness_of(password, email)
    if weakness is not None:
        return weakness
    await attempts.count(issuer, email, address)
    changed = 0
    for one in await _candidates(issuer, email) if is_email(email) else []:
        hashed = await credentials.hash_password(password)
        proved = await credentials.is_password(proof, one.password_hash)
        async with issuer.transaction("set-password", str(one.person), one.partnership) as session:
            changed += await _set(session, one.person, proof, hashed, proved=proved)
    if not changed:
        return "The e-mail address or the code is not right, or the code has run out."
    async with issuer.transaction("set-password") as session:
        await attempts.forget(session, issuer, email, address)
    return None


async def _set(session: AsyncSession, person_id: UUID, proof: str, hashed: str, *, proved: bool) -> int:
    if person_id.int == 0:
        return 0
    person = await repository.get_person_for_update(session, person_id)
    if not proved and not _is_invited(person, proof, session):
        return 0
    person.password_hash = hashed
    person.invitation_hash = person.invitation_until = None
    await sign_out(session, person)
    history.record(session, "person", person.id, (None, "password-set"))
    return 1


def _is_invited(person: Person, code: str, session: AsyncSession) -> bool:
    until = person.invitation_until
    return until is not None and now_of(session) < until and credentials.is_secret(code, person.invitation_hash)


async def sign_out(session: AsyncSession, person: Person) -> None:
    """End every session and token of a person that the caller holds locked."""
    person.signed_out_at = now_of(session)
    audit.saw(session, "person", person.id)
    work_of(session).pending.changed = True
    await revoke(session, Kind.SUBJECT, str(person.id))
