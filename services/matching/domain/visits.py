"""Visits: their outcomes, when a record is due, and for how many visits running a child has not been seen."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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


V = VisitStatus
VISITS = Lifecycle({V.PLANNED: set(V) - {V.PLANNED}})

# A family that cancels, refuses or does not open leaves its children unseen; a volunteer who cancels says nothing.
NOBODY_SEEN = frozenset({V.CANCELLED_BY_FAMILY, V.NO_ACCESS, V.REFUSED})


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
