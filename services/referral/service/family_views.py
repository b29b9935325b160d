"""What is shown of a family: to its workers, to named workers, to a volunteer, to other services."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.family import FamilyRole, is_current
from services.referral.models import ExternalId, Family, Membership, Person
from services.referral.repository import access, families, plans, rows
from services.referral.schemas.families import (
    AddressOut,
    ChildOut,
    EthnicityOut,
    ExternalIdOut,
    FamilyItem,
    FamilyOut,
    MemberOut,
    RegisteredOut,
    VisitedFamilyOut,
    VisitedMemberOut,
)
from services.referral.service.families import PERSONAL, split
from services.referral.service.platform import platform_view
from services.referral.service.sealing import case_cipher, person_ciphers, unseal, unseal_fields
from shared import audit
from shared.calendar import civil_date
from shared.crypto import Cipher, Vault
from shared.db import now_of, work_of
from shared.errors import NotFound

CONTACT: Final = ("address", "outcode", "phone")


async def show(session: AsyncSession, vault: Vault, family_id: UUID) -> FamilyOut:
    """The family as its workers see it; confidential contacts only to those named in the case."""
    family = await rows.get(session, Family, family_id)
    members = await families.list_members(session, family.id)
    cipher = await case_cipher(session, vault, family.id)
    ids = await families.list_external_ids(session, [family.id])
    shown = await _members(session, vault, members, ids)
    ethnicity = unseal(cipher, "families.ethnicity", family.ethnicity)
    audit.saw(session, "family", family.id)
    return FamilyOut(
        id=family.id,
        version=family.version,
        organisation=family.organisation_id,
        registered_at=family.registered_at,
        restricted=family.restricted,
        languages=unseal(cipher, "families.languages", family.languages) or [],
        ethnicity=EthnicityOut(**ethnicity) if ethnicity else None,
        external_ids=_ids(cipher, [one for one in ids if one.subject_id == family.id]),
        members=shown,
    )


async def show_child(session: AsyncSession, vault: Vault, child_id: UUID) -> ChildOut:
    """One child, as its workers see it."""
    memberships = [one for one in await families.list_memberships(session, child_id) if one.role == FamilyRole.CHILD]
    if not memberships:
        raise NotFound
    person = await rows.get(session, Person, child_id)
    newest = memberships[-1]
    ids = await families.list_external_ids(session, {one.family_id for one in memberships})
    (member,) = await _members(session, vault, [(newest, person)], ids)
    return ChildOut(**member.model_dump(), families=list(dict.fromkeys(one.family_id for one in memberships)))


async def show_visited(session: AsyncSession, vault: Vault, family_id: UUID) -> VisitedFamilyOut:
    """The family as a volunteer sees it: adults, and the children of the plan; no one else, nothing more."""
    family = await rows.get(session, Family, family_id)
    today = civil_date(now_of(session))
    person = work_of(session).person
    async with platform_view(session):
        children = await plans.list_visited_children(session, family.id, person) if person else set()
    seen = [
        (member, one)
        for member, one in await families.list_members(session, family.id)
        if is_current(member.from_date, member.to_date, today)
        and (member.role != FamilyRole.CHILD or one.id in children)
    ]
    opened = await _open(session, vault, [one for _, one in seen])
    audit.saw(session, "family", family.id)
    audit.saw(session, "person", *(one.id for _, one in seen))
    return VisitedFamilyOut(
        id=family.id,
        members=[
            VisitedMemberOut(person=one.id, role=FamilyRole(member.role), given_name=opened[one.id].get("given_name"))
            for member, one in seen
        ],
        address=_visited_address(seen, opened),
    )


def _visited_address(
    members: Sequence[tuple[Membership, Person]], opened: Mapping[UUID, Mapping[str, Any]]
) -> AddressOut | None:
    hidden = [opened[one.id].get("address") for _, one in members if one.confidential]
    children_first = sorted(members, key=lambda member: member[0].role != FamilyRole.CHILD)
    for _, one in children_first:
        address = opened[one.id].get("address")
        if address and not one.confidential and address not in hidden:
            return AddressOut(**address)
    return None


async def _members(
    session: AsyncSession,
    vault: Vault,
    members: Sequence[tuple[Membership, Person]],
    ids: Sequence[ExternalId],
) -> list[MemberOut]:
    ciphers = await person_ciphers(session, vault, {person.id for _, person in members})
    audit.saw(session, "person", *(person.id for _, person in members))
    shown = []
    for member, person in members:
        cipher = ciphers.get(person.id)
        fields = unseal_fields(cipher, person, PERSONAL) if cipher else {}
        if person.confidential and not await access.is_named(session, member.family_id, work_of(session).person):
            fields |= dict.fromkeys(CONTACT)
        own = [one for one in ids if one.subject_id == person.id]
        shown.append(_member(member, person, fields, _ids(cipher, own) if cipher else []))
    return shown


def _member(member: Membership, person: Person, fields: Mapping[str, Any], ids: list[ExternalIdOut]) -> MemberOut:
    return MemberOut(
        person=person.id,
        role=FamilyRole(member.role),
        parental_responsibility=member.parental_responsibility,
        from_date=member.from_date,
        to_date=member.to_date,
        confidential=person.confidential,
        external_ids=ids,
        erased=person.erased_at is not None,
        **fields,
    )


async def _open(session: AsyncSession, vault: Vault, persons: Sequence[Person]) -> dict[UUID, dict[str, Any]]:
    ciphers = await person_ciphers(session, vault, {person.id for person in persons})
    return {
        person.id: unseal_fields(ciphers[person.id], person, PERSONAL) if person.id in ciphers else {}
        for person in persons
    }


def _ids(cipher: Cipher, ids: Sequence[ExternalId]) -> list[ExternalIdOut]:
    return [ExternalIdOut(system=one.system, id=unseal(cipher, "external_ids.value", one.value)) for one in ids]


def item_of(family: Family) -> FamilyItem:
    """A family after a change: ids only."""
    return FamilyItem(
        id=family.id, version=family.version, registered_at=family.registered_at, restricted=family.restricted
    )


def registered(family: Family, members: Sequence[Membership]) -> RegisteredOut:
    """The answer to a registration: ids only, members in the order of the request."""
    children, adults = split(members)
    return RegisteredOut(
        id=family.id,
        version=family.version,
        members=[member.person_id for member in members],
        children=list(children),
        adults=list(adults),
    )
