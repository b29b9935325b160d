"""Ranking a crowd for one family: the same as `scoring` says of candidates one by one, for ten thousand at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

import numpy as np

from services.matching.domain.crowd import Coded, Columns, Numbers
from services.matching.domain.scoring import NEAR, Brought, NearMiss, Ranked, Weigher
from shared.ids import Ids


@dataclass(frozen=True, slots=True)
class Parted:
    """What stands against each of a crowd, and who could be matched, as places in it."""

    reasons: Coded
    fit: Numbers
    out: Numbers


@dataclass(frozen=True, slots=True)
class Placed:
    """Who is ranked, best first, with what each factor brought them; who is excluded, by id; the best of these."""

    ranked: Sequence[UUID]
    brought: list[Brought]
    """Of each factor."""
    excluded: Sequence[UUID]
    reasons: Coded
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
    none = np.array([not codes for codes in reasons.values], np.bool_)[reasons.numbers]
    return Parted(reasons, np.flatnonzero(none), np.flatnonzero(~none))


def place(weigher: Weigher, crowd: Columns, parted: Parted, near: int = NEAR) -> Placed:
    """Everybody in their place. What was sealed is told of those who can be matched, and of nobody else."""
    traits, fit, out = weigher.traits(crowd), parted.fit, parted.out
    points, taken, ids = weigher.points(traits, len(crowd)), crowd.numbers("places_taken"), crowd.ids()
    # Most points first, then fewer families; the order that there was is that of ids.
    best = fit[np.lexsort((taken[fit], -points[fit]))]
    missed = out[np.lexsort((taken[out], -points[out]))[:near]].tolist()
    return Placed(
        Ids(ids[best].tobytes()),
        weigher.brought(traits, best),
        Ids(ids[out].tobytes()),
        parted.reasons.at(out),
        [_missed(weigher, crowd, at, int(points[at]), parted.reasons[at]) for at in missed],
    )


def _missed(weigher: Weigher, crowd: Columns, at: int, score: int, codes: tuple[str, ...]) -> NearMiss:
    volunteer: Any = crowd.of["id"][at]
    return NearMiss(volunteer, score, codes, weigher.missing_of(crowd, at, codes))
