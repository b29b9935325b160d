"""Which volunteers may be with which waiting family, and how well each fits, for thousands of both.

The rules are those of proposals, and each pair that is found is judged by them. Since a hundred million pairs cannot be
judged one by one, what most of them fail is looked at for all volunteers at once: times, visits, gender.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from services.matching.domain.needs import NO_TIES, Candidate, Need, Ties
from services.matching.domain.planning.graph import Flags, Whole
from services.matching.domain.planning.problem import Family, NeedClass, Pair
from services.matching.domain.scoring import Weigher
from services.matching.domain.weights import MatchingPolicy

_ANY_NEED = Need()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A family that waits: what it asked for, what stands between it and single volunteers, since how many weeks."""

    id: UUID
    need: Need
    wanted: int = 1
    weeks: int = 0
    ties: Ties = NO_TIES

    def family(self) -> Family:
        return Family(self.id, self.wanted, self.weeks, NeedClass.of(self.need.visits_a_week))


class Sieve:
    """Volunteers who could be with some family, looked through at once."""

    def __init__(self, candidates: Iterable[Candidate], policy: MatchingPolicy) -> None:
        anybody = Weigher(_ANY_NEED, policy)
        self._policy = policy
        self.candidates = [one for one in sorted(candidates, key=lambda one: one.id) if not anybody.exclusions(one)]
        self._slots: dict[str, int] = {}
        self._genders: dict[str, int] = {}
        self._times = self._row(self._mask(one.availability) for one in self.candidates)
        self._left = self._row(one.visits_a_week for one in self.candidates)
        self._gender = self._row(self._genders.setdefault(one.gender, len(self._genders)) for one in self.candidates)

    def passing(self, need: Need) -> list[int]:
        """Everybody whom neither times nor visits nor gender keep from that family; no rule is stricter than this."""
        passes: Flags = np.ones(len(self.candidates), dtype=np.bool_)
        for _, one in self._rules(need):
            passes &= one
        found: list[int] = np.flatnonzero(passes).tolist()
        return found

    def kept_away(self, need: Need) -> Iterator[tuple[str, int]]:
        """How many volunteers one of these things alone keeps from that family."""
        rules = list(self._rules(need))
        failed = sum((~passes).astype(np.int64) for _, passes in rules)
        for name, passes in rules:
            alone = int((~passes & (failed == 1)).sum())
            if alone:
                yield name, alone

    def _rules(self, need: Need) -> Iterator[tuple[str, Flags]]:
        """Who passes each rule that the family's wishes bring with them."""
        if self._policy.whole_visits:
            yield "visits", self._left >= need.visits_a_week
        if need.gender is not None:
            yield "gender", self._gender == self._genders.get(need.gender, -1)
        if need.availability:
            visits = np.clip(self._left, 1, max(1, need.visits_a_week))
            enough = np.minimum(len(need.availability), np.maximum(1, visits * self._policy.slots_per_visit))
            yield "times", np.bitwise_count(self._times & self._mask(need.availability)) >= enough

    def pairs(self, one: Waiting) -> Iterator[Pair]:
        """The family's eligible volunteers with their scores."""
        passing = self.passing(one.need)
        if not passing:
            return
        weigher = Weigher(one.need, self._policy, one.ties)
        fit = [candidate for at in passing if not weigher.exclusions(candidate := self.candidates[at])]
        for candidate, score in zip(fit, weigher.scores(fit), strict=True):
            yield Pair(one.id, candidate.id, score)

    def _mask(self, slots: Iterable[str]) -> int:
        return sum(1 << self._slots.setdefault(one, len(self._slots)) for one in slots)

    @staticmethod
    def _row(values: Iterable[int]) -> Whole:
        return np.fromiter(values, dtype=np.int64)


def pairs_of(waiting: Sequence[Waiting], candidates: Iterable[Candidate], policy: MatchingPolicy) -> list[Pair]:
    """Every eligible pair."""
    sieve = Sieve(candidates, policy)
    return [pair for one in waiting for pair in sieve.pairs(one)]
