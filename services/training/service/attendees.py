"""People who gave a name: each known by name and group, the name sealed under a key of their own."""

from collections.abc import Sequence, Set
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import same, tidy
from services.training.models import Attendee
from services.training.repository import attendees as repository
from services.training.service.labels import fingerprint
from shared.crypto import Subject, Vault
from shared.db import work_of
from shared.ids import new_id
from shared.settings import Settings

NAME: Final = "attendees.name"
# Somebody of this group (a label's id), by this name.
Known = tuple[UUID, str]


async def find_or_add(
    session: AsyncSession, vault: Vault, settings: Settings, organisation: UUID, people: Set[Known]
) -> dict[Known, UUID]:
    """The attendee for each group and name; names that differ by spaces or by the size of letters alone are one."""
    partnership = work_of(session).partnership
    hashed = _hashed(settings, partnership, organisation, people)
    known = await repository.find(session, organisation, list(set(hashed.values())))
    new = {place: name for (_, name), place in hashed.items() if place not in known}
    if new:
        ids = {place: new_id() for place in new}
        ciphers = await vault.ciphers(partnership, [Subject.person(one) for one in ids.values()])
        sealed = {place: ciphers[Subject.person(ids[place])].seal(NAME, tidy(name)) for place, name in new.items()}
        await repository.add(session, organisation, [(ids[place], place, sealed[place]) for place in new])
        work_of(session).pending.changed = True
        known |= await repository.find(session, organisation, list(new))
    return {one: known[place] for one, place in hashed.items()}


async def find(session: AsyncSession, settings: Settings, organisation: UUID, people: Set[Known]) -> dict[Known, UUID]:
    """The attendees of those of these people who are known."""
    hashed = _hashed(settings, work_of(session).partnership, organisation, people)
    known = await repository.find(session, organisation, list(set(hashed.values())))
    return {one: known[place] for one, place in hashed.items() if place in known}


def _hashed(settings: Settings, partnership: UUID, organisation: UUID, people: Set[Known]) -> dict[Known, bytes]:
    return {
        (group, name): fingerprint(settings, "training|attendees|1", partnership, organisation, group, same(name))
        for group, name in people
    }


async def open_names(vault: Vault, rows: Sequence[Attendee]) -> dict[UUID, str]:
    """The names by attendee; none of those who have been erased."""
    named = {row.id: row.name for row in rows if row.name is not None}
    if not named:
        return {}
    ciphers = await vault.ciphers(rows[0].partnership_id, [Subject.person(one) for one in named])
    return {one: cipher.open(NAME, name) for one, name in named.items() if (cipher := ciphers.get(Subject.person(one)))}
