"""Why a plan is as it is: why not a volunteer who fits better, and what a family lacks in the pool.

What another choice would cost is exact: the plan's prices make the way from there to the best plan with that choice the
shortest one, and it is walked.

None of it names another family: what goes into one family's case may not tell of another's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np

from services.matching.domain.geography import area_of
from services.matching.domain.needs import Candidate, Need
from services.matching.domain.planning.graph import Flags, Graph, Solution, Whole, filled, ragged
from services.matching.domain.planning.pairing import Sieve, Waiting
from services.matching.domain.planning.residual import Lane, Residual
from services.matching.domain.planning.ways import Way, way

# So many of those who fit better are told of each pair; of a plan of thousands only the best one.
MOST_PASSED_OVER: Final = 3
LARGE: Final = 1000
# So many nodes are looked at for all of a plan's reasons, which takes some seconds: for hundreds of families that is
# more than the ways need, for thousands some are given up.
MOST_NODES: Final = 100_000


class Why(StrEnum):
    """Why somebody with a higher score was not given: what their place is worth elsewhere in the plan."""

    PLACES_ANOTHER_FAMILY = "places-another-family"
    WORTH_MORE_ELSEWHERE = "worth-more-elsewhere"
    AS_GOOD_FOR_THE_PLAN = "as-good-for-the-plan"
    NO_PLACE_LEFT = "no-place-left"


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A volunteer who fits better, and by how many points the best plan with them would be worse.

    `exact` is false where it is by so many at least.
    """

    volunteer: UUID
    score: int
    why: Why
    points: int | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """Of one chosen pair: its score, its place among all who could be with the family, and the best passed over."""

    family: UUID
    volunteer: UUID
    score: int
    place: int
    of: int
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Lack:
    """A family with places that stay empty: who could be with it, whom one thing alone keeps away, what nobody has."""

    family: UUID
    places: int
    eligible: int
    kept_away: tuple[tuple[str, int], ...]
    slots: tuple[str, ...]
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    area: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many who were passed over are told of a pair, and how many nodes are looked at for each of them."""

    most: int
    steps: int


@dataclass(frozen=True, slots=True)
class Looks:
    """What reasons were found by: for each of those passed over one search, from which it is seen what may change it.

    Of search *s* `pair[s]` is the chosen pair and `other[s]` the one passed over; `count[s]` of `node`, `beyond` and
    `to` are its: whose steps were looked at, and of each the first step that was not, by length and where it leads.
    """

    limits: Limits
    pair: Whole
    other: Whole
    whole: Flags
    count: Whole
    node: Whole
    beyond: Whole
    to: Whole


@dataclass(frozen=True, slots=True)
class Told:
    """Reasons that hold as they were told before: their pairs then and now, ascending, and what they were found by."""

    was: Whole
    pairs: Whole
    looks: Looks


def reasons(graph: Graph, plan: Solution, limits: Limits, told: Told | None = None) -> tuple[list[Reason], Looks]:
    """One for each chosen pair that was not told before, in the order of families and volunteers."""
    chosen, held = np.flatnonzero(plan.chosen), told.pairs if told else np.empty(0, dtype=np.int64)
    onward, found = Residual(graph, plan).at_rest(), []
    searches: list[tuple[int, int, Way]] = []
    for pair in chosen[~np.isin(chosen, held)].tolist():
        family = int(graph.of_family[pair])
        mine = graph.score[graph.row[family] : graph.row[family + 1]]
        passed = []
        for other in _better(graph, plan, pair)[: limits.most]:
            one, back = _passed(graph, plan, onward, other, limits.steps)
            passed.append(one)
            searches.append((pair, other, back))
        found.append(
            Reason(
                graph.families[family],
                graph.volunteers[graph.of_volunteer[pair]],
                int(graph.score[pair]),
                1 + int((mine > graph.score[pair]).sum()),
                mine.size,
                tuple(passed),
            )
        )
    return found, _looks(limits, searches, told.looks if told else None)


def limits_of(graph: Graph, plan: Solution) -> Limits:
    """Of a plan of thousands only the best of those passed over are told, and some of the searches are given up."""
    chosen = np.flatnonzero(plan.chosen)
    begins, ends = graph.row[graph.of_family[chosen]], graph.row[graph.of_family[chosen] + 1]
    mine, of = ragged(begins, ends), np.repeat(np.arange(chosen.size), ends - begins)
    better = (graph.score[mine] > graph.score[chosen][of]) & ~plan.chosen[mine]
    most = 1 if chosen.size > LARGE else MOST_PASSED_OVER
    searches = int(np.minimum(np.bincount(of[better], minlength=chosen.size), most).sum())
    return Limits(most, MOST_NODES // max(1, searches))


def _looks(limits: Limits, searches: Sequence[tuple[int, int, Way]], held: Looks | None) -> Looks:
    def after(name: str, values: Sequence[int] | Whole) -> Whole:
        new = np.array(values, dtype=np.int64)
        return new if held is None else np.concatenate([getattr(held, name), new])

    looked_at = np.array([look for _, _, way in searches for look in way.looked_at], dtype=np.int64).reshape(-1, 3)
    return Looks(
        limits,
        after("pair", [pair for pair, _, _ in searches]),
        after("other", [other for _, other, _ in searches]),
        after("whole", [way.whole for _, _, way in searches]) > 0,
        after("count", [len(way.looked_at) for _, _, way in searches]),
        after("node", looked_at[:, 0]),
        after("beyond", looked_at[:, 1]),
        after("to", looked_at[:, 2]),
    )


def _better(graph: Graph, plan: Solution, pair: int) -> list[int]:
    """Pairs of the same family with a higher score that were not chosen, the best first."""
    family = graph.of_family[pair]
    mine = np.arange(graph.row[family], graph.row[family + 1])
    better = mine[(graph.score[mine] > graph.score[pair]) & ~plan.chosen[mine]]
    found: list[int] = better[np.argsort(-graph.score[better], kind="stable")].tolist()
    return found


def _passed(
    graph: Graph, plan: Solution, onward: Callable[[int], Lane], other: int, steps: int
) -> tuple[PassedOver, Way]:
    family, at, score = int(graph.of_family[other]), int(graph.of_volunteer[other]), int(graph.score[other])
    if not graph.places[at]:
        return PassedOver(graph.volunteers[at], score, Why.NO_PLACE_LEFT), Way(0, True, [])
    back = way(onward, len(graph.families) + at, family, steps)
    loss = int(plan.pull[family] + plan.price[at]) - score + back.length
    if graph.first and loss > graph.first // 2:
        return PassedOver(graph.volunteers[at], score, Why.PLACES_ANOTHER_FAMILY), back
    why = Why.WORTH_MORE_ELSEWHERE if loss or not back.whole else Why.AS_GOOD_FOR_THE_PLAN
    return PassedOver(graph.volunteers[at], score, why, loss, back.whole), back


def lacks(graph: Graph, plan: Solution, waiting: Sequence[Waiting], sieve: Sieve) -> list[Lack]:
    """One for each family with an empty place, in the order of families."""
    empty = dict(zip(graph.families, (graph.wanted - filled(graph, plan.chosen)).tolist(), strict=True))
    eligible = dict(zip(graph.families, np.diff(graph.row).tolist(), strict=True))
    pool = _Pool.of(sieve.candidates)
    return [
        _lack(one, empty[one.id], eligible[one.id], sieve, pool)
        for one in sorted(waiting, key=lambda one: one.id)
        if empty[one.id] > 0
    ]


@dataclass(frozen=True, slots=True)
class _Pool:
    """What anybody in the pool has."""

    slots: frozenset[str]
    languages: frozenset[str]
    skills: frozenset[str]
    areas: frozenset[str | None]

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> "_Pool":
        return cls(
            frozenset().union(*(one.availability for one in candidates)),
            frozenset().union(*(one.languages for one in candidates)),
            frozenset().union(*(one.skills for one in candidates)),
            frozenset(area_of(one.outcode) for one in candidates),
        )


def _lack(one: Waiting, places: int, eligible: int, sieve: Sieve, pool: _Pool) -> Lack:
    need: Need = one.need
    area = area_of(need.outcode)
    return Lack(
        one.id,
        places,
        eligible,
        tuple(sieve.kept_away(need)),
        tuple(sorted(need.availability - pool.slots)),
        tuple(sorted(need.languages)) if not need.languages & pool.languages else (),
        tuple(sorted(need.skills - pool.skills)),
        area if area is not None and area not in pool.areas else None,
    )
