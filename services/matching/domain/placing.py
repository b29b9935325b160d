"""Ranking a crowd for one family: the same as `scoring` says of candidates one by one, for ten thousand at once."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter
from typing import Any
from uuid import UUID

from services.matching.domain.crowd import Columns
from services.matching.domain.scoring import NEAR, Contribution, NearMiss, Weigher


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
    contributions: list[Sequence[Contribution]]
    """A column for each factor."""
    excluded: list[UUID]
    reasons: list[tuple[str, ...]]
    near_misses: list[NearMiss]


def part(weigher: Weigher, crowd: Columns) -> Parted:
    """Who can be matched, and who cannot, with the reasons. No trait that is kept sealed is looked at."""
    reasons = weigher.against_all(crowd)
    fit = [at for at, codes in enumerate(reasons) if not codes]
    return Parted(reasons, fit, list(compress(range(len(reasons)), reasons)))


def place(weigher: Weigher, crowd: Columns, parted: Parted, near: int = NEAR) -> Placed:
    """Everybody in their place. What was sealed is told of those who can be matched, and of nobody else."""
    traits = weigher.traits(crowd)
    points, taken, ids = weigher.points(traits), crowd.of["places_taken"], crowd.of["id"]
    best = [at for *_, at in sorted((-points[at], taken[at], at) for at in parted.fit)]
    return Placed(
        [ids[at] for at in best],
        weigher.contributions(traits, best),
        [ids[at] for at in parted.out],
        [parted.reasons[at] for at in parted.out],
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
