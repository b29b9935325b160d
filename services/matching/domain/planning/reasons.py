"""Why a plan is as it is: why not a volunteer who fits better, and what a family lacks in the pool.

What another choice would cost is exact: the plan's prices make the way from there to the best plan with that choice the
shortest one, and it is walked.

None of it names another family: what goes into one family's case may not tell of another's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np

from services.matching.domain.geography import area_of
from services.matching.domain.needs import Candidate, Need
from services.matching.domain.planning.graph import Graph, Solution, filled
from services.matching.domain.planning.pairing import Sieve, Waiting
from services.matching.domain.planning.residual import Lane, Residual
from services.matching.domain.planning.ways import distance

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


def reasons(graph: Graph, plan: Solution) -> Iterator[Reason]:
    """One for each chosen pair, in the order of families and volunteers."""
    chosen, onward = np.flatnonzero(plan.chosen).tolist(), Residual(graph, plan).at_rest()
    most = 1 if len(chosen) > LARGE else MOST_PASSED_OVER
    better = [_better(graph, plan, pair) for pair in chosen]
    nodes = MOST_NODES // max(1, sum(len(one[:most]) for one in better))
    for pair, passed in zip(chosen, better, strict=True):
        family = int(graph.of_family[pair])
        mine = graph.score[graph.row[family] : graph.row[family + 1]]
        yield Reason(
            graph.families[family],
            graph.volunteers[graph.of_volunteer[pair]],
            int(graph.score[pair]),
            1 + int((mine > graph.score[pair]).sum()),
            mine.size,
            tuple(_passed(graph, plan, onward, other, nodes) for other in passed[:most]),
        )


def _better(graph: Graph, plan: Solution, pair: int) -> list[int]:
    """Pairs of the same family with a higher score that were not chosen, the best first."""
    family = graph.of_family[pair]
    mine = np.arange(graph.row[family], graph.row[family + 1])
    better = mine[(graph.score[mine] > graph.score[pair]) & ~plan.chosen[mine]]
    found: list[int] = better[np.argsort(-graph.score[better], kind="stable")].tolist()
    return found


def _passed(graph: Graph, plan: Solution, onward: Callable[[int], Lane], other: int, nodes: int) -> PassedOver:
    family, at, score = int(graph.of_family[other]), int(graph.of_volunteer[other]), int(graph.score[other])
    if not graph.places[at]:
        return PassedOver(graph.volunteers[at], score, Why.NO_PLACE_LEFT)
    back, exact = distance(onward, len(graph.families) + at, family, nodes)
    loss = int(plan.pull[family] + plan.price[at]) - score + back
    if graph.first and loss > graph.first // 2:
        return PassedOver(graph.volunteers[at], score, Why.PLACES_ANOTHER_FAMILY)
    why = Why.WORTH_MORE_ELSEWHERE if loss or not exact else Why.AS_GOOD_FOR_THE_PLAN
    return PassedOver(graph.volunteers[at], score, why, loss, exact)


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
