"""The sparse graph of a plan: arrays in the order of ids, with the pins already taken out of it.

Family *f* has a row of pairs; each of its places saves so many points when it is filled, the first the most. Where most
families come first, a family's first place saves `first` points more, which is more than all the rest can be worth.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.planning.problem import MOST_SCORE, MOST_WANTED, Family, Objective, Problem

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Stands where a family has no such place: nothing is saved by it, and it is never filled.
NO_PLACE: Final = -(2**60)


@dataclass(frozen=True, slots=True)
class Graph:
    """`pairs` of family f are those from `row[f]` to `row[f + 1]`, by volunteer; `saves[f, k]` belongs to place k."""

    families: Sequence[UUID]
    volunteers: Sequence[UUID]
    wanted: Whole
    places: Whole
    saves: Whole
    row: Whole
    of_family: Whole
    of_volunteer: Whole
    score: Whole
    first: int

    @property
    def size(self) -> tuple[int, int, int]:
        """How many families, volunteers and pairs."""
        return len(self.families), len(self.volunteers), len(self.score)

    def by_volunteer(self) -> Whole:
        """The pairs in the order of their volunteers; numbers of two bytes are sorted ten times as fast."""
        small = len(self.volunteers) < 2**16
        return np.argsort(self.of_volunteer.astype(np.uint16) if small else self.of_volunteer, kind="stable")


@dataclass(frozen=True, slots=True)
class Solution:
    """Which pairs are chosen, and the prices that prove that nothing is better.

    `price` of a volunteer's place, never negative; `pull` of a family: what one of its places must bring at least.
    """

    chosen: Flags
    price: Whole
    pull: Whole


def graph_of(problem: Problem) -> Graph:
    """The problem as arrays. Contradicting pins are no problem (see `contradictions`)."""
    families = sorted(problem.families, key=lambda one: one.id)
    volunteers = sorted(problem.volunteers, key=lambda one: one.id)
    at_family = {one.id: at for at, one in enumerate(families)}
    at_volunteer = {one.id: at for at, one in enumerate(volunteers)}
    pinned = {(at_family[one.family], at_volunteer[one.volunteer]) for one in problem.pinned}
    without = pinned | {
        (at_family[family], at_volunteer[volunteer])
        for family, volunteer in problem.forbidden
        if family in at_family and volunteer in at_volunteer
    }
    keys, score = _pairs(problem, at_family, at_volunteer, without)
    of_family, of_volunteer = np.divmod(keys, max(len(volunteers), 1))
    taken = np.bincount(np.array([at for at, _ in pinned], dtype=np.int64), minlength=len(families))
    given = np.bincount(np.array([at for _, at in pinned], dtype=np.int64), minlength=len(volunteers))
    wanted = np.array([one.wanted for one in families], dtype=np.int64) - taken
    first = first_of(problem.families) if problem.objective is Objective.MOST_FAMILIES_FIRST else 0
    return Graph(
        families=[one.id for one in families],
        volunteers=[one.id for one in volunteers],
        wanted=wanted,
        places=np.array([one.places for one in volunteers], dtype=np.int64) - given,
        saves=savings(families, taken.tolist(), first),
        row=np.searchsorted(of_family, np.arange(len(families) + 1)),
        of_family=of_family,
        of_volunteer=of_volunteer,
        score=score,
        first=first,
    )


def savings(families: Sequence[Family], pinned: Sequence[int], first: int) -> Whole:
    """What each further place of these families saves, beside so many pins of each."""
    saves = np.full((len(families), MOST_WANTED + 1), NO_PLACE, dtype=np.int64)
    for at, (one, taken) in enumerate(zip(families, pinned, strict=True)):
        costs = one.costs()[taken:]
        saves[at, : len(costs)] = costs
        if costs and not taken:
            saves[at, 0] += first
    return saves


def first_of(families: Iterable[Family]) -> int:
    """More than everything else together can be worth, where most families come first.

    A power of two: one family more or less mostly leaves it as it is, and with it the prices of the plan before.
    """
    return 1 << sum(sum(one.costs()) + one.wanted * MOST_SCORE for one in families).bit_length()


def _pairs(
    problem: Problem, at_family: dict[UUID, int], at_volunteer: dict[UUID, int], without: set[tuple[int, int]]
) -> tuple[Whole, Whole]:
    """Each pair as one number, family first, ascending; and its score."""
    wide, count = max(len(at_volunteer), 1), len(problem.pairs)
    keys = np.fromiter(
        (at_family[one.family] * wide + at_volunteer[one.volunteer] for one in problem.pairs), np.int64, count
    )
    score = np.fromiter((one.score for one in problem.pairs), np.int64, count)
    if without:
        stays = ~np.isin(keys, np.array([family * wide + volunteer for family, volunteer in without], dtype=np.int64))
        keys, score = keys[stays], score[stays]
    order = np.argsort(keys, kind="stable")
    return keys[order], score[order]


def filled(graph: Graph, chosen: Flags) -> Whole:
    """How many places of each family are filled."""
    return np.bincount(graph.of_family[chosen], minlength=len(graph.families))


def loads(graph: Graph, chosen: Flags) -> Whole:
    """How many places of each volunteer are taken."""
    return np.bincount(graph.of_volunteer[chosen], minlength=len(graph.volunteers))


def ragged(begins: Whole, ends: Whole) -> Whole:
    """Every number from each beginning to before its end."""
    length = ends - begins
    total = int(length.sum())
    if not total:
        return np.empty(0, dtype=np.int64)
    skipped = np.cumsum(length) - length
    every: Whole = np.arange(total) + np.repeat(begins - skipped, length)
    return every
