"""Whom to recruit: what more volunteers of one kind would do, found by planning anew as if they were there.

Kinds come from families without any volunteer: the languages and the gender that they asked for, the part of the week,
the area. Of each kind as many volunteers are added as still place one family more; each kind is reckoned alone.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np

from services.matching.domain.geography import area_of
from services.matching.domain.needs import Candidate, Need
from services.matching.domain.planning.edits import grown
from services.matching.domain.planning.graph import Graph, Solution, filled
from services.matching.domain.planning.pairing import Sieve, Waiting
from services.matching.domain.planning.problem import Volunteer
from services.matching.domain.planning.repair import Former, replan
from services.matching.domain.weights import MatchingPolicy

MOST_KINDS: Final = 12
MOST_OF_A_KIND: Final = 5
WEEKEND: Final = ("sat", "sun")
ANY_TIME: Final = "any-time"


@dataclass(frozen=True, slots=True)
class Kind:
    """What such a volunteer would have: languages, gender, part of the week with its slots, postcode area."""

    languages: tuple[str, ...]
    gender: str | None
    times: str
    slots: tuple[str, ...]
    area: str | None
    outcodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recruits:
    """So many volunteers of a kind, with so many places each, would place so many families more."""

    kind: Kind
    volunteers: int
    places_each: int
    families: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What the counterfactual starts from."""

    pinned: frozenset[UUID]
    """Families with a pinned volunteer."""
    former: Former
    waiting: Sequence[Waiting]
    policy: MatchingPolicy

    def unplaced(self) -> list[Waiting]:
        """Families without any volunteer, in the order of ids."""
        graph = self.former.graph
        given = dict(zip(graph.families, filled(graph, self.former.solution.chosen).tolist(), strict=True))
        return [
            one
            for one in sorted(self.waiting, key=lambda one: one.id)
            if one.wanted and not given[one.id] and one.id not in self.pinned
        ]


def recruits(plan: Plan, places_each: int = 1) -> list[Recruits]:
    """What would place most comes first; kinds that place nobody are left out."""
    found = [_counted(plan, kind, places_each) for kind in _kinds(plan.unplaced())]
    return sorted(
        (one for one in found if one.families), key=lambda one: (-one.families, one.volunteers, _key(one.kind))
    )


def part_of_week(slots: frozenset[str]) -> str:
    """Into which part of the week most of these slots fall; at a tie the first of the list."""
    parts = Counter(_part(one) for one in slots)
    order = ("weekday-daytime", "weekday-evenings", "weekends")
    return max(order, key=lambda part: (parts[part], -order.index(part))) if parts else ANY_TIME


def _part(slot: str) -> str:
    day, _, part = slot.partition("-")
    if day in WEEKEND:
        return "weekends"
    return "weekday-evenings" if part == "evening" else "weekday-daytime"


def _kinds(unplaced: Sequence[Waiting]) -> list[Kind]:
    """The kinds that most families lack, the most first."""
    groups: dict[tuple[tuple[str, ...], str, str, str], list[Need]] = defaultdict(list)
    for one in unplaced:
        need = one.need
        key = (
            tuple(sorted(need.languages)),
            need.gender or "",
            part_of_week(need.availability),
            area_of(need.outcode) or "",
        )
        groups[key].append(need)
    most = sorted(groups, key=lambda key: (-len(groups[key]), key))[:MOST_KINDS]
    return [_kind(key, groups[key]) for key in most]


def _kind(key: tuple[tuple[str, ...], str, str, str], needs: Sequence[Need]) -> Kind:
    languages, gender, times, area = key
    slots = {slot for need in needs for slot in need.availability if _part(slot) == times}
    outcodes = {need.outcode for need in needs if need.outcode}
    return Kind(languages, gender or None, times, tuple(sorted(slots)), area or None, tuple(sorted(outcodes)))


def _counted(plan: Plan, kind: Kind, places_each: int) -> Recruits:
    """One more of the kind, and again one more, as long as each places another family."""
    before, reached = _placed(plan, plan.former.graph, plan.former.solution), Recruits(kind, 0, places_each, 0)
    one = _imagined(plan, kind, places_each)
    sieve = Sieve([one], plan.policy)
    scores = {pair.family: pair.score for family in plan.waiting for pair in sieve.pairs(family)}
    for number in range(1, MOST_OF_A_KIND + 1):
        new = [Volunteer(UUID(int=one.id.int - at), places_each) for at in range(number)]
        graph = grown(plan.former.graph, new, scores)
        families = _placed(plan, graph, replan(graph, plan.former)) - before
        if families <= reached.families:
            break
        reached = replace(reached, volunteers=number, families=families)
    return reached


def _placed(plan: Plan, graph: Graph, solution: Solution) -> int:
    """How many families have somebody, beside those who are pinned."""
    given = filled(graph, solution.chosen).tolist()
    return sum(places > 0 and one not in plan.pinned for one, places in zip(graph.families, given, strict=True))


def _imagined(plan: Plan, kind: Kind, places: int) -> Candidate:
    """A volunteer who has what the kind says, in the outcode where most of the kind live, and time for every place."""
    needs = [one.need for one in plan.waiting if one.need.outcode in kind.outcodes]
    lived = Counter(need.outcode for need in needs)
    most_visits = max((one.need.visits_a_week for one in plan.waiting), default=1)
    return Candidate(
        id=UUID(int=2**128 - 1),
        working=True,
        visits_families=True,
        cleared=True,
        capacity=places,
        places_taken=0,
        gender=kind.gender or "undisclosed",
        visits_a_week=most_visits * places,
        outcode=min(lived, key=lambda one: (-lived[one], one or "")) if lived else None,
        languages=frozenset(kind.languages),
        availability=frozenset(kind.slots),
    )


def _key(kind: Kind) -> tuple[str, ...]:
    return (*kind.languages, kind.gender or "", kind.times, kind.area or "")


def typical_places(candidates: Sequence[Candidate]) -> int:
    """How many families a volunteer of the pool takes: the lower median, one where there is nobody."""
    taken = np.sort(np.array([one.capacity for one in candidates], dtype=np.int64))
    return max(1, int(taken[(taken.size - 1) // 2])) if taken.size else 1
