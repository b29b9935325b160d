"""Hard constraints: what keeps a volunteer from a family, whatever their score."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

import numpy as np

from services.matching.domain.crowd import Coded, Columns, flags_of
from services.matching.domain.geography import distance_metres
from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.weights import MatchingPolicy

_NOBODY: Final = UUID(int=0)


class Bars:
    """One family's constraints, made ready once; codes come in the order of the definitions."""

    __slots__ = ("_around", "_asked", "_enough", "_gender", "_near", "_need", "_policy", "_ties", "_wanted")

    def __init__(self, need: Need, policy: MatchingPolicy, ties: Ties) -> None:
        self._need, self._policy, self._ties = need, policy, ties
        self._around = bool(policy.near_metres or ties.conflict or ties.known or ties.refused)
        self._gender, self._wanted = need.gender, need.availability
        self._asked = need.visits_a_week if policy.whole_visits else 1
        # By visits that are left: how many common times are enough. By outcode: what stands against it.
        self._enough = [self._times_for(left) for left in range(need.visits_a_week + 1)]
        self._near: dict[str | None, str] = {}

    def against(self, one: Candidate) -> tuple[str, ...]:
        """Every constraint that stands against this candidate."""
        found: list[str] = []
        if not (one.working and one.visits_families and one.cleared and one.cleared_throughout):
            found += _standing(one)
        if one.places_taken >= one.capacity or one.visits_a_week < self._asked:
            found += self._room(one)
        if self._wanted and (times := self._lacks_times(one)):
            found.append(times)
        if self._gender is not None and one.gender != self._gender:
            found.append("gender-not-as-requested")
        if self._around or one.conflict or one.known_to_family:
            found += self._between(one)
        return tuple(found)

    def against_all(self, crowd: Columns) -> Coded:
        """The same of each of a crowd, whose `flags` are known: asked once for all in whom the family sees the same."""
        seen = self._seen_in_all(crowd)
        alike, known = Coded.alike(seen), dict[tuple[str, ...], int]()
        told = [self.against(self.stand_in(tuple(trait[at] for trait in seen))) for at in alike.values]
        found = np.array([known.setdefault(codes, len(known)) for codes in told], np.int64)[alike.numbers]
        ties = self._ties
        for one in ties.conflict | ties.known | ties.refused:
            place = crowd.find(one)
            if place is not None:
                codes = self.against(self._seen(crowd, place))
                found[place] = known.setdefault(codes, len(known))
        return Coded(found, list(known))

    def _seen_in_all(self, crowd: Columns) -> list[Coded]:
        """What the family sees in each of a crowd, in the order of `stand_in`."""
        full = crowd.numbers("places_taken") >= crowd.numbers("capacity")
        nobody = np.zeros(len(crowd), np.int64)
        return [
            Coded.of_numbers(crowd.numbers("flags")),
            Coded(full.astype(np.int64), (False, True)),
            # More than are asked for are as good as those.
            Coded.of_numbers(crowd.numbers("visits_a_week").clip(0, self._need.visits_a_week)),
            crowd.in_common("availability", self._wanted),
            Coded(crowd.has_any("availability").astype(np.int64), (False, True)),
            crowd.read("gender") if self._gender is not None else Coded(nobody, ("",)),
            crowd.read("outcode") if self._policy.near_metres else Coded(nobody, (None,)),
        ]

    def missing_of(self, crowd: Columns, at: int, codes: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        """What each of these constraints lacks in that one of the crowd."""
        one = self._seen(crowd, at)
        return tuple(self.missing(one, code) for code in codes)

    def _seen(self, crowd: Columns, at: int) -> Candidate:
        """That one of the crowd, as far as constraints look at anybody."""
        names = ("id", "capacity", "places_taken", "gender", "visits_a_week", "outcode")
        common = crowd.having("availability", self._wanted, at)
        return Candidate(
            **{name: crowd.of[name][at] for name in names},
            **flags_of(crowd.of["flags"][at]),
            availability=common or _other_times(given=crowd.of["availability"][at]),
        )

    def stand_in(self, seen: tuple[Any, ...]) -> Candidate:
        """Anybody in whom the family sees just that."""
        flags, full, visits, common, given, gender, outcode = seen
        return Candidate(
            id=_NOBODY,
            **flags_of(flags),
            capacity=1,
            places_taken=int(full),
            gender=gender,
            visits_a_week=visits,
            availability=frozenset(sorted(self._wanted)[:common]) or _other_times(given=given),
            outcode=outcode,
        )

    def missing(self, one: Candidate, code: str) -> tuple[str, ...]:
        """What the constraint lacks, in codes: the times, the visits, the gender that was asked for."""
        need = self._need
        if code in {"no-common-availability", "too-little-common-availability", "availability-not-given"}:
            return tuple(sorted(need.availability - one.availability))
        if code == "visits-a-week-reached":
            return (f"{self._asked - one.visits_a_week}-more-visits-a-week",)
        if code == "gender-not-as-requested":
            return (str(need.gender),)
        return ()

    def _times_for(self, left: int) -> int:
        """How many times both must be able; a family that names fewer than its visits need is not asked for more."""
        return min(len(self._wanted), max(1, left) * self._policy.slots_per_visit)

    def _too_near(self, outcode: str | None) -> str:
        found = self._near.get(outcode)
        if found is None:
            found = self._near[outcode] = self._lacks_distance(outcode)
        return found

    def _lacks_distance(self, outcode: str | None) -> str:
        if not self._need.outcode:
            return ""
        metres = distance_metres(self._need.outcode, outcode) if outcode else None
        if metres is None:
            return "outcode-not-given"
        return "too-near" if metres < self._policy.near_metres else ""

    def _room(self, one: Candidate) -> list[str]:
        full = ["capacity-reached"] if one.places_taken >= one.capacity else []
        return [*full, "visits-a-week-reached"] if one.visits_a_week < self._asked else full

    def _lacks_times(self, one: Candidate) -> str:
        common = len(self._wanted & one.availability)
        if common >= self._enough[max(0, min(one.visits_a_week, len(self._enough) - 1))]:
            return ""
        if not one.availability:
            return "availability-not-given"
        return "too-little-common-availability" if common else "no-common-availability"

    def _between(self, one: Candidate) -> list[str]:
        ties, near = self._ties, self._too_near(one.outcode) if self._policy.near_metres else ""
        stand = (
            (near, bool(near)),
            ("conflict-of-interest", one.conflict or one.id in ties.conflict),
            ("known-to-family", one.known_to_family or one.id in ties.known),
            ("refused-by-family", one.id in ties.refused),
        )
        return [code for code, stands in stand if stands]


def _other_times(*, given: object) -> frozenset[str]:
    """Times that are none of those asked for, if any were given at all."""
    return frozenset({"another-time"} if given else ())


def _standing(one: Candidate) -> list[str]:
    away = "suspended" if one.suspended else "on-break" if one.on_break else "not-available"
    stand = (
        (away, not one.working),
        ("role-without-families", not one.visits_families),
        ("clearance-not-current", not one.cleared),
        ("clearance-ends-too-early", one.cleared and not one.cleared_throughout),
    )
    return [code for code, stands in stand if stands]
