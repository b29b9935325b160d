"""A graph after changes: pairs pinned or forbidden, a volunteer or a family left out, more volunteers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import numpy as np

from services.matching.domain.planning.graph import NO_PLACE, Flags, Graph
from services.matching.domain.planning.problem import Volunteer


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be different. Who is left out keeps a row without places and pairs: everybody stays where they are."""

    without_volunteers: frozenset[UUID] = frozenset()
    without_families: frozenset[UUID] = frozenset()
    pinned: frozenset[tuple[UUID, UUID]] = frozenset()
    forbidden: frozenset[tuple[UUID, UUID]] = frozenset()
    wanted: Mapping[UUID, int] = field(default_factory=dict)
    """How many volunteers a family looks for now, where some of its places have been filled."""
    places: Mapping[UUID, int] = field(default_factory=dict)
    """How many places a volunteer has now, where some have been taken."""


def edited(graph: Graph, edits: Edits) -> Graph:
    """The changed graph. Pins have to be possible (see `contradictions`)."""
    at_family = {one: at for at, one in enumerate(graph.families)}
    at_volunteer = {one: at for at, one in enumerate(graph.volunteers)}
    wanted, places, saves = graph.wanted.copy(), graph.places.copy(), graph.saves.copy()
    for one, free in edits.places.items():
        places[at_volunteer[one]] = min(places[at_volunteer[one]], free)
    for one in edits.without_volunteers & at_volunteer.keys():
        places[at_volunteer[one]] = 0
    filled = {at_family[one]: int(wanted[at_family[one]]) - left for one, left in edits.wanted.items()}
    for family, volunteer in edits.pinned:
        filled[at_family[family]] = max(0, filled.get(at_family[family], 0)) + 1
        places[at_volunteer[volunteer]] -= 1
    for at, count in filled.items():
        if count > 0:
            wanted[at] -= count
            saves[at] = [*saves[at, count:], *[NO_PLACE] * min(count, saves.shape[1])]
    for one in edits.without_families & at_family.keys():
        wanted[at_family[one]], saves[at_family[one]] = 0, NO_PLACE
    stays = _without(graph, edits.pinned | edits.forbidden, at_family, at_volunteer)
    left_out = [at_volunteer[one] for one in edits.without_volunteers if one in at_volunteer]
    stays &= ~np.isin(graph.of_volunteer, left_out)
    stays &= ~np.isin(graph.of_family, [at_family[one] for one in edits.without_families if one in at_family])
    of_family = graph.of_family[stays]
    return replace(
        graph,
        wanted=wanted,
        places=places,
        saves=saves,
        row=np.searchsorted(of_family, np.arange(len(graph.families) + 1)),
        of_family=of_family,
        of_volunteer=graph.of_volunteer[stays],
        score=graph.score[stays],
    )


def _without(
    graph: Graph, pairs: Iterable[tuple[UUID, UUID]], at_family: dict[UUID, int], at_volunteer: dict[UUID, int]
) -> Flags:
    stays: Flags = np.ones(graph.score.size, dtype=np.bool_)
    for family, volunteer in pairs:
        if family in at_family and volunteer in at_volunteer:
            mine = slice(graph.row[at_family[family]], graph.row[at_family[family] + 1])
            stays[mine] &= graph.of_volunteer[mine] != at_volunteer[volunteer]
    return stays


def grown(graph: Graph, new: Sequence[Volunteer], scores: Mapping[UUID, int]) -> Graph:
    """The graph with more volunteers, all of whom fit the same families equally well. They come last."""
    fits = np.array([scores.get(one, -1) for one in graph.families], dtype=np.int64)
    where = np.flatnonzero(fits >= 0)
    at = np.repeat(graph.row[where + 1], len(new))
    volunteers = np.tile(len(graph.volunteers) + np.arange(len(new)), where.size)
    of_family = np.insert(graph.of_family, at, np.repeat(where, len(new)))
    return replace(
        graph,
        volunteers=[*graph.volunteers, *(one.id for one in new)],
        places=np.concatenate([graph.places, np.array([one.places for one in new], dtype=np.int64)]),
        row=np.searchsorted(of_family, np.arange(len(graph.families) + 1)),
        of_family=of_family,
        of_volunteer=np.insert(graph.of_volunteer, at, volunteers),
        score=np.insert(graph.score, at, np.repeat(fits[where], len(new))),
    )
