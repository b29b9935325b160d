"""Ranking volunteers for a family: hard constraints exclude, weights rank, and every candidate is explained.

One definition for proposals and plans: for a need and a candidate either the codes that exclude, or a score of at most
1,000 points with what each factor brought. A contribution is a weight times whole thousandths, rounded down by itself;
the score is the sum of the contributions and nothing else, so that what rounding loses is lost by everybody alike.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from operator import attrgetter, neg
from typing import Any, Final, NamedTuple, TypeVar, cast
from uuid import UUID

import numpy as np

from services.matching.domain import constraints, factors
from services.matching.domain.crowd import Coded, Columns, Crowd, Few, Numbers
from services.matching.domain.needs import NO_TIES, Candidate, Need, Ties
from services.matching.domain.weights import DEFAULT, WHOLE, MatchingPolicy

# Counts up with every change of how a score comes about: a proposal is recomputed by the version that made it.
VERSION: Final = "2026-12"
WEIGHTS: Final = DEFAULT.weights
# So many of the excluded are told what would have to change.
NEAR: Final = 5
_ID: Final = attrgetter("id")
# An id itself compares in Python, its number does not.
_BY_ID: Final = attrgetter("id.int")
_TAKEN: Final = attrgetter("places_taken")
T = TypeVar("T")


class Contribution(NamedTuple):
    """What one factor brought: `points` of at most `weight`, and why in a code."""

    factor: str
    weight: int
    points: int
    why: str


class Brought(NamedTuple):
    """What one factor brought to each of some: the trait that it looked at, and what that brings."""

    traits: Coded | None
    """None where it looked at nothing, and brought the same to all."""
    brings: Mapping[Any, Contribution]

    def to(self, place: int) -> Contribution:
        return self.brings[None if self.traits is None else self.traits[place]]


class Ranked(NamedTuple):
    """One candidate's place. Who is excluded has reasons and no place."""

    volunteer: UUID
    score: int
    contributions: tuple[Contribution, ...]
    excluded_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Somebody excluded, the score that they would have, and what is missing for each constraint, in codes."""

    volunteer: UUID
    score: int
    excluded_by: tuple[str, ...]
    missing: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Everybody in their place, and the best of those who are excluded."""

    ranked: list[Ranked]
    near_misses: list[NearMiss]


Excluded = tuple[Candidate, tuple[str, ...]]


class _Known(dict[Any, Contribution]):
    """What one factor brings by trait: worked out once for each value, kept for all who share it."""

    def __init__(self, name: str, weight: int, share: factors.Share) -> None:
        super().__init__()
        self._name, self._weight, self._share = name, weight, share

    def __missing__(self, trait: Any) -> Contribution:
        thousandths, why = self._share(trait)
        found = self[trait] = Contribution(self._name, self._weight, self._weight * thousandths // WHOLE, why)
        return found


class _Points(dict[Any, int]):
    """The points alone, for whoever needs no more."""

    def __init__(self, known: Mapping[Any, Contribution]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, trait: Any) -> int:
        found = self[trait] = self._known[trait].points
        return found


class Weigher:
    """One family's need, made ready once to be held against any number of candidates.

    What a factor brings depends on one trait of the candidate: `explain` is a look into a table for each.
    """

    __slots__ = ("_bars", "_known", "_points", "_traits")

    def __init__(self, need: Need, policy: MatchingPolicy = DEFAULT, ties: Ties = NO_TIES) -> None:
        self._bars = constraints.Bars(need, policy, ties)
        parts = factors.of(need, policy, ties)
        self._traits = [traits for traits, _ in parts.values()]
        self._known = [_Known(name, policy.weights[name], share) for name, (_, share) in parts.items()]
        self._points = [_Points(known) for known in self._known]

    def exclusions(self, one: Candidate) -> tuple[str, ...]:
        """Every hard constraint that stands against this candidate; empty when none does."""
        return self._bars.against(one)

    def missing(self, one: Candidate, code: str) -> tuple[str, ...]:
        """What that constraint lacks in this candidate, in codes; empty where its sentence says it all."""
        return self._bars.missing(one, code)

    def explain(self, one: Candidate) -> tuple[Contribution, ...]:
        """Every factor's contribution, in the order of the definitions; also of somebody who is excluded."""
        return next(iter(self.explanations([one])))

    def score(self, one: Candidate) -> int:
        """The sum of the contributions."""
        return self.scores([one])[0]

    def explanations(self, people: Sequence[Candidate]) -> Iterable[tuple[Contribution, ...]]:
        """Every factor's contribution for each of them."""
        return zip(*self._columns(self._known, Few(people)), strict=True)

    def scores(self, people: Sequence[Candidate]) -> list[int]:
        """The score of each of them."""
        return list(map(sum, zip(*self._columns(self._points, Few(people)), strict=True)))

    def against_all(self, crowd: Columns) -> Coded:
        """Every hard constraint that stands against each of them."""
        return self._bars.against_all(crowd)

    def missing_of(self, crowd: Columns, at: int, codes: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        """What each of these constraints lacks in that one of the crowd."""
        return self._bars.missing_of(crowd, at, codes)

    def traits(self, crowd: Columns) -> list[Coded | None]:
        """For each factor the trait that it looks at, of everybody; None where it looks at nothing."""
        return [None if read is factors.nothing else cast(Coded, read(crowd)) for read in self._traits]

    def points(self, traits: Sequence[Coded | None], count: int) -> Numbers:
        """The score of each of so many, who have these traits."""
        found = np.zeros(count, np.int64)
        for table, column in zip(self._points, traits, strict=True):
            if column is None:
                found += table[None]
            else:
                found += np.array([table[value] for value in column.values], np.int64)[column.numbers]
        return found

    def brought(self, traits: Sequence[Coded | None], order: Numbers) -> list[Brought]:
        """For each factor what it brought to these of them, in that order."""
        return [
            Brought(None if column is None else column.at(order), table)
            for table, column in zip(self._known, traits, strict=True)
        ]

    def _columns(self, tables: Iterable[dict[Any, T]], crowd: Crowd) -> list[Iterable[T]]:
        return [map(table.__getitem__, read(crowd)) for read, table in zip(self._traits, tables, strict=True)]


def rank(
    need: Need, candidates: Iterable[Candidate], policy: MatchingPolicy = DEFAULT, ties: Ties = NO_TIES
) -> list[Ranked]:
    """Best first; equal scores by fewer families, then by id. The excluded come last, by id."""
    return weigh(Weigher(need, policy, ties), candidates).ranked


def weigh(weigher: Weigher, candidates: Iterable[Candidate], near: int = NEAR) -> Weighed:
    """Everybody ranked or excluded, and of the excluded the best so many, by the score that they would have."""
    return place(weigher, *part(weigher, candidates), near)


def part(weigher: Weigher, candidates: Iterable[Candidate]) -> tuple[list[Candidate], list[Excluded]]:
    """Who can be matched, and who cannot, with the reasons; by id. No trait that is kept sealed is looked at."""
    fit, out = [], []
    for one in sorted(candidates, key=_BY_ID):
        reasons = weigher.exclusions(one)
        if reasons:
            out.append((one, reasons))
        else:
            fit.append(one)
    return fit, out


def place(weigher: Weigher, fit: Sequence[Candidate], out: Sequence[Excluded], near: int = NEAR) -> Weighed:
    """Everybody in their place; both are by id."""
    places = zip(map(neg, weigher.scores(fit)), map(_TAKEN, fit), count(), strict=False)
    best = sorted(places)
    crowd = [fit[number] for *_, number in best]
    ranked = list(map(Ranked, map(_ID, crowd), (-minus for minus, *_ in best), weigher.explanations(crowd)))
    ranked += [Ranked(one.id, 0, (), reasons) for one, reasons in out]
    scores = weigher.scores([one for one, _ in out])
    missed = heapq.nsmallest(near, zip(map(neg, scores), (one.places_taken for one, _ in out), count(), strict=False))
    return Weighed(ranked, [_missed(weigher, -minus, *out[number]) for minus, _, number in missed])


def _missed(weigher: Weigher, score: int, one: Candidate, reasons: tuple[str, ...]) -> NearMiss:
    return NearMiss(one.id, score, reasons, tuple(weigher.missing(one, code) for code in reasons))


def exclusions(need: Need, one: Candidate, policy: MatchingPolicy = DEFAULT, ties: Ties = NO_TIES) -> tuple[str, ...]:
    """Every hard constraint that stands against this candidate."""
    return Weigher(need, policy, ties).exclusions(one)


def explain(
    need: Need, one: Candidate, policy: MatchingPolicy = DEFAULT, ties: Ties = NO_TIES
) -> tuple[Contribution, ...]:
    """Every factor's contribution; a factor that nobody asked about brings the same nothing to all."""
    return Weigher(need, policy, ties).explain(one)


def eligible(found: Sequence[Ranked]) -> list[UUID]:
    """Those who are not excluded, best first."""
    return [one.volunteer for one in found if not one.excluded_by]
