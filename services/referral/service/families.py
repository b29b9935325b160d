"""Registering families and keeping them up to date."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.family import FamilyRole, outcode_of
from services.referral.models import Family, Membership, Person
from services.referral.repository import access as access_rows
from services.referral.repository import families, rows
from services.referral.schemas.families import (
    FamilyChangeIn,
    FamilyIn,
    MemberIn,
    MembershipFields,
    PersonFields,
    PersonIn,
    RestrictionIn,
)
from services.referral.service import access, identifiers
from services.referral.service.identifiers import Holder
from services.referral.service.sealing import case_cipher, person_ciphers, seal, seal_fields
from shared import audit, history, outbox
from shared.calendar import civil_date
from shared.crypto import Cipher
from shared.db import now_of, work_of
from shared.errors import Conflict, NotFound, invalid
from shared.events.base import LA
from shared.events.referral import FamilyChanged, FamilyRegistered
from shared.ids import new_id
from shared.parts import Parts

PERSONAL = (
    *("given_name", "family_name", "birth_date", "expected_date", "died_on", "gender"),
    *("ethnicity", "address", "outcode", "phone", "safe_contact"),
)


async def register(session: AsyncSession, parts: Parts, body: FamilyIn) -> tuple[Family, list[Membership]]:
    """A new family with its persons; the caller's organisation becomes its local authority."""
    work = work_of(session)
    family = Family(partnership_id=work.partnership, organisation_id=_organisation(session), registered_at=work.now)
    cipher = await case_cipher(session, parts.vault, family.id)
    _describe(cipher, family, body)
    session.add(family)
    await identifiers.claim(session, parts.settings, cipher, Holder("family", family.id, family.id), body.external_ids)
    members = await _add_persons(session, parts, family.id, body.persons)
    await access.open_case(session, family)
    await access.note_party(session, family.organisation_id, LA)
    children, adults = split(members)
    outbox.add(session, FamilyRegistered(family=family.id, children=children, adults=adults))
    audit.saw(session, "family", family.id, family=family.id)
    audit.saw(session, "person", *(member.person_id for member in members))
    return family, members


async def add_member(session: AsyncSession, parts: Parts, family_id: UUID, body: MemberIn) -> Membership:
    """Somebody joins: a new person, or one whom the caller may see in another family."""
    family = await rows.get_for_update(session, Family, family_id)
    if body.details is not None:
        (member,) = await _add_persons(session, parts, family.id, [body.details])
    else:
        member = await _join(session, family, body)
    await tell_changed(session, family.id)
    audit.saw(session, "person", member.person_id, family=family.id)
    return member


async def change(session: AsyncSession, parts: Parts, family_id: UUID, body: FamilyChangeIn) -> Family:
    """Record what has changed about the family or one person in it."""
    family = await rows.get_for_update(session, Family, family_id)
    cipher = await case_cipher(session, parts.vault, family.id)
    _describe(cipher, family, body)
    if body.person is not None:
        await _change_member(session, parts, family.id, body.person, body)
    await tell_changed(session, family.id)
    audit.saw(session, "family", family.id, family=family.id)
    return family


async def restrict(session: AsyncSession, family_id: UUID, body: RestrictionIn) -> Family:
    """Show the case to named persons only, or to whole organisations again."""
    family = await rows.get_for_update(session, Family, family_id)
    if body.restricted and not await access_rows.is_named(session, family.id, work_of(session).person):
        raise Conflict(
            "Allocate yourself first: nobody but those named in allocations will see the case.",
            name="restriction-without-worker",
        )
    states = ("restricted", "open") if family.restricted else ("open", "restricted")
    if family.restricted != body.restricted:
        family.restricted = body.restricted
        history.record(session, "family", family.id, states, family=family.id, reason_code=body.reason_code)
        await access.refresh(session, family.id)
    audit.saw(session, "family", family.id, family=family.id)
    return family


async def get_membership(session: AsyncSession, family: UUID, person: UUID) -> Membership:
    """The person's newest membership of the family, or `NotFound`."""
    found = [one for one in await families.list_memberships(session, person) if one.family_id == family]
    if not found:
        raise NotFound
    return found[-1]


async def tell_changed(session: AsyncSession, family: UUID) -> None:
    """Let others read again what they keep of this family."""
    await session.flush()
    members = [membership for membership, _ in await families.list_members(session, family)]
    children, adults = split([one for one in members if one.to_date is None])
    outbox.add(session, FamilyChanged(family=family, children=children, adults=adults))


def split(members: Sequence[Membership]) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Children and adults among members."""
    children = tuple(dict.fromkeys(one.person_id for one in members if one.role == FamilyRole.CHILD))
    adults = tuple(dict.fromkeys(one.person_id for one in members if one.role != FamilyRole.CHILD))
    return children, adults


def _organisation(session: AsyncSession) -> UUID:
    organisation = work_of(session).organisation
    if organisation is None:
        raise NotFound
    return organisation


def _describe(cipher: Cipher, family: Family, body: FamilyIn | FamilyChangeIn) -> None:
    said = body.model_dump(mode="json", include={"languages", "ethnicity"}, exclude_unset=True)
    seal_fields(cipher, family, said)


async def _add_persons(
    session: AsyncSession, parts: Parts, family: UUID, bodies: Sequence[PersonIn]
) -> list[Membership]:
    work = work_of(session)
    persons = [Person(id=new_id(), partnership_id=work.partnership) for _ in bodies]
    ciphers = await person_ciphers(session, parts.vault, [person.id for person in persons])
    members = []
    for person, body in zip(persons, bodies, strict=True):
        cipher = ciphers[person.id]
        _fill(cipher, person, body)
        members.append(_membership(session, family, person.id, body))
        session.add_all([person, members[-1]])
        ids = identifiers.of_person(body)
        await identifiers.claim(session, parts.settings, cipher, Holder("person", person.id, family), ids)
    return members


def _membership(session: AsyncSession, family: UUID, person: UUID, body: MembershipFields) -> Membership:
    return Membership(
        partnership_id=work_of(session).partnership,
        family_id=family,
        person_id=person,
        role=body.role,
        parental_responsibility=body.parental_responsibility,
        from_date=body.from_date or civil_date(now_of(session)),
    )


def _fill(cipher: Cipher, person: Person, body: PersonFields) -> None:
    said = body.model_dump(mode="json", include=set(PERSONAL), exclude_unset=True)
    seal_fields(cipher, person, said)
    if said.get("birth_date"):
        person.expected_date = None
    if body.address and body.address.postcode and "outcode" not in said:
        person.outcode = seal(cipher, "persons.outcode", outcode_of(body.address.postcode))
    if body.confidential is not None:
        person.confidential = body.confidential


async def _join(session: AsyncSession, family: Family, body: MemberIn) -> Membership:
    person = await rows.get(session, Person, body.person or family.id)
    if any(
        one.family_id == family.id and one.to_date is None
        for one in await families.list_memberships(session, person.id)
    ):
        raise Conflict("This person belongs to the family already.", name="already-member")
    member = _membership(session, family.id, person.id, body)
    session.add(member)
    return member


async def _change_member(
    session: AsyncSession, parts: Parts, family: UUID, person_id: UUID, body: FamilyChangeIn
) -> None:
    member = await get_membership(session, family, person_id)
    person = await rows.get_for_update(session, Person, person_id)
    if body.details is not None:
        ciphers = await person_ciphers(session, parts.vault, [person.id])
        if person.id not in ciphers:
            raise Conflict("This person's record has been erased.", name="already-erased")
        _fill(ciphers[person.id], person, body.details)
    if body.left_on is not None:
        _leave(member, body.left_on, body.reason_code)
    audit.saw(session, "person", person.id)


def _leave(member: Membership, day: date, reason_code: str | None) -> None:
    if day < member.from_date:
        raise invalid("/left_on", "before-start", "is before the day of joining")
    member.to_date = day
    member.reason_code = reason_code
