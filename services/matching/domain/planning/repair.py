"""A plan after a change, from the plan before it: only what the change touches is solved anew.

The former prices say of nearly every pair that it still stands as it did. Where it does not, a family or a volunteer is
left with one place too many or too few, and each of these is settled along the shortest way, as when it is solved from
nothing; so the plan is as good as if it were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from services.matching.domain.planning.graph import Flags, Graph, Solution, Whole
from services.matching.domain.planning.ways import settled


@dataclass(frozen=True, slots=True)
class Former:
    """What is kept of a plan for the next one."""

    graph: Graph
    solution: Solution


def replan(graph: Graph, former: Former) -> Solution:
    """The best plan for the changed graph, with its prices."""
    return settled(graph, _carried(graph, former))


def _carried(graph: Graph, former: Former) -> Solution:
    """Former pairs and prices for whoever is still there; who is new comes at a price that fits."""
    was, plan = former.graph, former.solution
    family, volunteer = found(was.families, graph.families), found(was.volunteers, graph.volunteers)
    price, old_volunteers = _kept(plan.price, volunteer, len(graph.volunteers))
    pull, old_families = _kept(plan.pull, family, len(graph.families))
    if was.first and graph.first != was.first:
        for labels in (price, pull):
            np.add(labels, np.rint(labels / was.first).astype(np.int64) * (graph.first - was.first), out=labels)
        np.maximum(price, 0, out=price)
    for at in np.flatnonzero(~old_volunteers).tolist():
        price[at] = _price_of_new(graph, at, pull, old_families)
    for at in np.flatnonzero(~old_families).tolist():
        mine = slice(graph.row[at], graph.row[at + 1])
        gains = graph.score[mine] - price[graph.of_volunteer[mine]]
        pull[at] = max([-graph.saves[at, 0], *gains])
    return Solution(_chosen(graph, former, family, volunteer), price, pull)


def _chosen(graph: Graph, former: Former, family: Whole, volunteer: Whole) -> Flags:
    """Which of today's pairs were chosen before."""
    wide = max(len(graph.volunteers), 1)
    before = np.flatnonzero(former.solution.chosen)
    ours, theirs = family[former.graph.of_family[before]], volunteer[former.graph.of_volunteer[before]]
    there = (ours >= 0) & (theirs >= 0)
    keys = graph.of_family * wide + graph.of_volunteer
    wanted = np.sort((ours * wide + theirs)[there])
    at = np.minimum(np.searchsorted(keys, wanted), max(keys.size - 1, 0))
    chosen = np.zeros(keys.size, dtype=np.bool_)
    if keys.size:
        chosen[at[keys[at] == wanted]] = True
    return chosen


def _price_of_new(graph: Graph, at: int, pull: Whole, known: Flags) -> int:
    """So high that no more families are drawn to a new volunteer than there are places."""
    mine = np.flatnonzero(graph.of_volunteer == at)
    mine = mine[known[graph.of_family[mine]]]
    gains = np.sort(graph.score[mine] - pull[graph.of_family[mine]])[::-1]
    return max(0, int(gains[graph.places[at]])) if gains.size > graph.places[at] else 0


def found(before: Sequence[UUID], now: Sequence[UUID]) -> Whole:
    """Where each of those before is now; -1 for who is no longer there."""
    if before == now:
        return np.arange(len(now))
    at = {one: place for place, one in enumerate(now)}
    return np.array([at.get(one, -1) for one in before], dtype=np.int64)


def _kept(labels: Whole, found: Whole, size: int) -> tuple[Whole, Flags]:
    kept, known = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    there = found >= 0
    kept[found[there]] = labels[there]
    known[found[there]] = True
    return kept, known
