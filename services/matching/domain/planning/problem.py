"""What a plan is made of: families, volunteers, eligible pairs, the coordinator's pins, and what a plan is worth.

Everything is a whole number, so that the same input is worth the same on every machine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID

# An empty place costs so many points: what is asked for, and a share for each week of waiting, up to three years.
NEED_POINTS: Final = {1: 300, 2: 500, 3: 700}
WEEK_POINTS: Final = 20
MOST_WEEKS: Final = 156
MOST_SCORE: Final = 1000
MOST_WANTED: Final = 3


class NeedClass(IntEnum):
    """How much a family needs, by the visits a week that were asked for: one, two, or three and more."""

    ONE_VISIT = 1
    TWO_VISITS = 2
    MORE_VISITS = 3

    @classmethod
    def of(cls, visits_a_week: int) -> "NeedClass":
        return cls(min(max(visits_a_week, 1), len(cls)))


class Objective(StrEnum):
    """What comes first: as many families placed as can be, then the most points; or the most points alone."""

    MOST_FAMILIES_FIRST = "most-families-first"
    TOTAL_FIT = "total-fit"


@dataclass(frozen=True, slots=True)
class Family:
    """A family that waits; `wanted` are the volunteers that it still looks for."""

    id: UUID
    wanted: int = 1
    weeks: int = 0
    need: NeedClass = NeedClass.ONE_VISIT

    def costs(self) -> tuple[int, ...]:
        """What each place costs while it is empty: the first all of it, the second a half, the third a third.

        They fall, so a second volunteer for one family never comes before the first for a family that is as pressing.
        """
        whole = NEED_POINTS[self.need] + WEEK_POINTS * min(max(self.weeks, 0), MOST_WEEKS)
        return tuple(whole // place for place in range(1, self.wanted + 1))


@dataclass(frozen=True, slots=True)
class Volunteer:
    """A volunteer with so many free places."""

    id: UUID
    places: int = 1


@dataclass(frozen=True, slots=True)
class Pair:
    """A volunteer who may be with a family, and how well it fits, 0 to 1000."""

    family: UUID
    volunteer: UUID
    score: int


@dataclass(frozen=True, slots=True)
class Problem:
    """All that a plan is computed from. A pinned pair is in every plan, a forbidden one in none.

    `pinned` carry their score themselves: a coordinator may pin a pair that is not eligible, where no law forbids it.
    """

    families: Sequence[Family]
    volunteers: Sequence[Volunteer]
    pairs: Sequence[Pair]
    pinned: Sequence[Pair] = ()
    forbidden: frozenset[tuple[UUID, UUID]] = field(default_factory=frozenset)
    objective: Objective = Objective.MOST_FAMILIES_FIRST


class Contradiction(StrEnum):
    """Why pins cannot all be kept."""

    PINNED_AND_FORBIDDEN = "pinned-and-forbidden"
    PINNED_TWICE = "pinned-twice"
    MORE_PINS_THAN_WANTED = "more-pins-than-wanted"
    MORE_PINS_THAN_PLACES = "more-pins-than-places"
    NOT_WAITING = "family-not-waiting"
    NOT_AVAILABLE = "volunteer-not-available"


@dataclass(frozen=True, slots=True)
class Conflicting:
    """One pin that cannot be kept beside the others: its place in the list of pins, and why."""

    at: int
    why: Contradiction


def contradictions(problem: Problem) -> list[Conflicting]:
    """Every pin that cannot be kept, in the order of the pins."""
    wanted = {one.id: one.wanted for one in problem.families}
    places = {one.id: one.places for one in problem.volunteers}
    seen: set[tuple[UUID, UUID]] = set()
    found = []
    for at, pin in enumerate(problem.pinned):
        why = _against(pin, problem.forbidden, seen, (wanted, places))
        if why is not None:
            found.append(Conflicting(at, why))
            continue
        seen.add((pin.family, pin.volunteer))
        wanted[pin.family] -= 1
        places[pin.volunteer] -= 1
    return found


def _against(
    pin: Pair,
    forbidden: frozenset[tuple[UUID, UUID]],
    seen: set[tuple[UUID, UUID]],
    left: tuple[dict[UUID, int], dict[UUID, int]],
) -> Contradiction | None:
    wanted, places = left
    pair = (pin.family, pin.volunteer)
    rules = (
        (Contradiction.PINNED_AND_FORBIDDEN, pair in forbidden),
        (Contradiction.PINNED_TWICE, pair in seen),
        (Contradiction.NOT_WAITING, pin.family not in wanted),
        (Contradiction.NOT_AVAILABLE, pin.volunteer not in places),
        (Contradiction.MORE_PINS_THAN_WANTED, wanted.get(pin.family, 1) < 1),
        (Contradiction.MORE_PINS_THAN_PLACES, places.get(pin.volunteer, 1) < 1),
    )
    return next((why for why, stands in rules if stands), None)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a plan reaches. `points` are the fit of its pairs and the cost that its filled places save."""

    families: int
    places: int
    fit: int
    points: int
    weeks: int
    """Weeks of waiting that end, of the families that are placed."""

    def worth(self, objective: Objective) -> tuple[int, int]:
        """What plans are compared by, the most important first."""
        return (self.families if objective is Objective.MOST_FAMILIES_FIRST else 0, self.points)


def totals(problem: Problem, pairs: Iterable[tuple[UUID, UUID]]) -> Totals:
    """What these pairs are worth. A family is placed as soon as it has one of the volunteers that it wants."""
    score = {(one.family, one.volunteer): one.score for one in (*problem.pairs, *problem.pinned)}
    given: dict[UUID, int] = {}
    fit = 0
    for pair in pairs:
        given[pair[0]] = given.get(pair[0], 0) + 1
        fit += score[pair]
    placed = [(one, given[one.id]) for one in problem.families if one.id in given]
    saved = sum(sum(one.costs()[:count]) for one, count in placed)
    weeks = sum(one.weeks for one, _ in placed)
    return Totals(len(placed), sum(given.values()), fit, fit + saved, weeks)
