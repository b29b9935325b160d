"""Ranking a crowd for one family: the same as `scoring` says of candidates one by one, for ten thousand at once."""

import heapq
from dataclasses import dataclass
from itertools import compress, islice
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from services.matching.domain.crowd import Columns
from services.matching.domain.scoring import NEAR, Brought, NearMiss, Ranked, Weigher

# More than anybody has.
_MOST_FAMILIES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Parted:
    """What stands against each of a crowd, and who could be matched, as places in it."""

    reasons: list[tuple[str, ...]]
    fit: list[int]
    out: list[int]


@dataclass(frozen=True, slots=True)
class Placed:
    """Who is ranked, best first, with what each factor brought them; who is excluded, by id; the best of these."""

    ranked: list[UUID]
    brought: list[Brought]
    """Of each factor."""
    excluded: list[UUID]
    reasons: list[tuple[str, ...]]
    near_misses: list[NearMiss]

    def first(self, most: int) -> list[Ranked]:
        """The first so many of the list: the ranked in their places, then the excluded."""
        best = []
        for place, one in enumerate(self.ranked[:most]):
            parts = tuple(column.to(place) for column in self.brought)
            best.append(Ranked(one, sum(part.points for part in parts), parts))
        left = zip(self.excluded, self.reasons, strict=True)
        return best + [Ranked(one, 0, (), codes) for one, codes in islice(left, most - len(best))]


def part(weigher: Weigher, crowd: Columns) -> Parted:
    """Who can be matched, and who cannot, with the reasons. No trait that is kept sealed is looked at."""
    reasons = weigher.against_all(crowd)
    fit = [at for at, codes in enumerate(reasons) if not codes]
    return Parted(reasons, fit, list(compress(range(len(reasons)), reasons)))


def place(weigher: Weigher, crowd: Columns, parted: Parted, near: int = NEAR) -> Placed:
    """Everybody in their place. What was sealed is told of those who can be matched, and of nobody else."""
    traits = weigher.traits(crowd)
    points, taken, ids = weigher.points(traits), crowd.of["places_taken"], crowd.of["id"]
    # Most points first, then fewer families; the order that there was is that of ids.
    behind = [few - _MOST_FAMILIES * many for few, many in zip(taken, points, strict=True)]
    best = sorted(parted.fit, key=behind.__getitem__)
    return Placed(
        list(map(ids.__getitem__, best)),
        weigher.brought(traits, best),
        list(map(ids.__getitem__, parted.out)),
        list(map(parted.reasons.__getitem__, parted.out)),
        [_missed(weigher, crowd, at, points[at], parted.reasons[at]) for at in _nearest(points, taken, parted, near)],
    )


def _nearest(points: list[int], taken: list[int], parted: Parted, near: int) -> list[int]:
    """The best of the excluded; only those whose points are enough for that are put in order."""
    least = min(heapq.nlargest(near, map(points.__getitem__, parted.out)), default=0)
    found = sorted((-points[at], taken[at], at) for at in parted.out if points[at] >= least)
    return list(map(itemgetter(2), found[:near]))


def _missed(weigher: Weigher, crowd: Columns, at: int, score: int, codes: tuple[str, ...]) -> NearMiss:
    volunteer: Any = crowd.of["id"][at]
    return NearMiss(volunteer, score, codes, weigher.missing_of(crowd, at, codes))
