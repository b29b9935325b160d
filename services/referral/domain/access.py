"""Who may see a family's case: the whole list, computed from the rows that decide it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.referral.domain.referral import RECEIVED, WORKED, Kind, Status
from shared.events.base import LA, PARTNER, SCHEME
from shared.events.referral import Grant

VOLUNTEER: Final = "volunteer"
"""The part of a person who is introduced to the family: they see the little that a volunteer needs."""


@dataclass(frozen=True, slots=True)
class Received:
    """A referral as far as access goes: who received it, what for, where it stands."""

    organisation: UUID
    kind: Kind
    status: Status
    id: UUID | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """An allocation: a person of an organisation who works with the family, from and to inclusive."""

    organisation: UUID
    person: UUID
    from_date: date
    to_date: date | None

    def is_on(self, day: date) -> bool:
        return self.from_date <= day and (self.to_date is None or day <= self.to_date)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A volunteer who is with the family at this moment."""

    organisation: UUID
    person: UUID
    status: Status


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that decides who may see one family's case."""

    registered_by: UUID
    restricted: bool = False
    referrals: tuple[Received, ...] = ()
    workers: tuple[Worker, ...] = ()
    visitors: tuple[Visitor, ...] = ()

    def with_status(self, referral: UUID, status: Status) -> "Sources":
        """As they will be when this referral has the status."""
        moved = (replace(one, status=status) if one.id == referral else one for one in self.referrals)
        return replace(self, referrals=tuple(moved))

    def count_others_since(self, referral: UUID, since: datetime) -> int:
        """How many other referrals of the family were received since."""
        others = [one for one in self.referrals if one.id != referral and one.status is not Status.DRAFT]
        return len([one for one in others if one.received_at is not None and one.received_at >= since])


def grants(sources: Sources, today: date) -> list[Grant]:
    """The whole list, in a fixed order. Restricted: named persons only, never a whole organisation."""
    parts = _parts(sources)
    whole = [] if sources.restricted else [Grant(organisation=one, part=part) for one, part in parts]
    named = [
        Grant(organisation=one, part=part, person=worker.person)
        for one, part in parts
        for worker in sources.workers
        if worker.organisation == one and worker.is_on(today)
    ]
    visiting = [
        Grant(organisation=visitor.organisation, part=VOLUNTEER, person=visitor.person)
        for visitor in sources.visitors
        if visitor.status in WORKED
    ]
    return sorted(set(whole + named + visiting), key=lambda one: (one.organisation.int, one.part, str(one.person)))


def _parts(sources: Sources) -> list[tuple[UUID, str]]:
    """Organisations and their part: the authority, a scheme that got a referral, a partner while it has one."""
    found = {(sources.registered_by, LA): None}
    for referral in sources.referrals:
        part = _part_of(referral)
        if part:
            found[(referral.organisation, part)] = None
    return list(found)


def _part_of(referral: Received) -> str | None:
    if referral.status is Status.DRAFT:
        return None
    if referral.kind is not Kind.ADVOCACY:
        return SCHEME
    # A voluntary organisation that declined, or whose part has ended, loses sight of the family.
    return PARTNER if referral.status in RECEIVED else None


def audience(listed: Iterable[Grant], receiver: UUID) -> list[UUID]:
    """Who hears of a referral: the authority, and its receiver for as long as it has a part in the case."""
    hearing = {
        one.organisation for one in listed if one.part == LA or (one.organisation == receiver and one.part != VOLUNTEER)
    }
    return sorted(hearing)
