"""A graph after the coordinator's changes: pairs pinned or forbidden, a volunteer or a family left out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from services.matching.domain.planning.graph import NO_PLACE, Flags, Graph


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be different. Who is left out keeps a row without places, so that everybody stays where they are."""

    without_volunteers: frozenset[UUID] = frozenset()
    without_families: frozenset[UUID] = frozenset()
    pinned: frozenset[tuple[UUID, UUID]] = frozenset()
    forbidden: frozenset[tuple[UUID, UUID]] = frozenset()


def edited(graph: Graph, edits: Edits) -> Graph:
    """The changed graph. Pins have to be possible (see `contradictions`)."""
    at_family = {one: at for at, one in enumerate(graph.families)}
    at_volunteer = {one: at for at, one in enumerate(graph.volunteers)}
    wanted, places, saves = graph.wanted.copy(), graph.places.copy(), graph.saves.copy()
    for one in edits.without_volunteers & at_volunteer.keys():
        places[at_volunteer[one]] = 0
    for one in edits.without_families & at_family.keys():
        wanted[at_family[one]], saves[at_family[one]] = 0, NO_PLACE
    for family, volunteer in edits.pinned:
        at = at_family[family]
        wanted[at] -= 1
        places[at_volunteer[volunteer]] -= 1
        saves[at] = [*saves[at, 1:], NO_PLACE]
    stays = _without(graph, edits.pinned | edits.forbidden, at_family, at_volunteer)
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
