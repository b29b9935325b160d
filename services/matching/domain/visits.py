"""Visits: their outcomes, when a record is due, and for how many visits running a child has not been seen."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.lifecycle import Lifecycle


class VisitStatus(StrEnum):
    PLANNED = "planned"
    HAPPENED = "happened"
    CANCELLED_BY_FAMILY = "cancelled_by_family"
    CANCELLED_BY_VOLUNTEER = "cancelled_by_volunteer"
    NO_ACCESS = "no_access"
    REFUSED = "refused"


# A visit's planned time.
LONGEST = timedelta(hours=24)

V = VisitStatus
VISITS = Lifecycle({V.PLANNED: set(V) - {V.PLANNED}})

# A family that cancels, refuses or does not open leaves its children unseen; a volunteer who cancels says nothing.
NOBODY_SEEN = frozenset({V.CANCELLED_BY_FAMILY, V.NO_ACCESS, V.REFUSED})


class Presence(StrEnum):
    """Where the volunteer is, as far as their link has said."""

    EXPECTED = "expected"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"


# A visit that happened may still be checked out of, late; of one that did not there is nothing to say.
CHECKED = frozenset({V.PLANNED, V.HAPPENED})


def presence(checked_in_at: datetime | None, checked_out_at: datetime | None) -> Presence:
    """A check-out without a check-in counts: the volunteer is safe."""
    if checked_out_at is not None:
        return Presence.CHECKED_OUT
    return Presence.CHECKED_IN if checked_in_at is not None else Presence.EXPECTED


@dataclass(frozen=True, slots=True)
class Sighting:
    """One visit of which it is known who was seen."""

    visit: UUID
    starts_at: datetime
    seen: frozenset[UUID]


def unseen_run(child: UUID, sightings: Iterable[Sighting]) -> list[UUID]:
    """The visits since the child was last seen, oldest first."""
    run: list[UUID] = []
    for one in sorted(sightings, key=lambda sighting: (sighting.starts_at, sighting.visit)):
        run = [] if child in one.seen else [*run, one.visit]
    return run


def newly_unseen(child: UUID, sightings: Sequence[Sighting], raised: Collection[UUID], in_a_row: int) -> UUID | None:
    """The visit at which to raise that the child was not seen; None when all is well or this run was raised before."""
    run = unseen_run(child, sightings)
    if len(run) < in_a_row or not set(run).isdisjoint(raised):
        return None
    return run[-1]
