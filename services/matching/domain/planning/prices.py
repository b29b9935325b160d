"""The prices of a best plan: what it would cost if a volunteer had one place less, as shortest ways to the end.

A way goes along pairs that could be chosen and back along pairs that are, to somebody who has a place free or to one
that stays empty; the labels of all families and volunteers are corrected together, and after the first look only those
that have just changed.
"""

from typing import Final

import numpy as np

from services.matching.domain.planning.graph import Flags, Graph, Solution, Whole, filled, loads, ragged

# From here there is no way to the end. A volunteer is farther off than any family that could only have them.
FAR: Final = 2**45
FARTHER: Final = 2**50


class NotBestError(Exception):
    """The plan can be bettered: it has no prices."""


def priced(graph: Graph, chosen: Flags) -> Solution:
    """The plan with its prices; `NotBestError` where an exchange would better it; the proof finds all else."""
    given, load = filled(graph, chosen), loads(graph, chosen)
    families, volunteers, _ = graph.size
    order = graph.by_volunteer()
    begins = np.searchsorted(graph.of_volunteer[order], np.arange(volunteers + 1))
    empties = graph.saves[np.arange(families), np.maximum(given - 1, 0)]
    cost = np.where(given > 0, empties, FAR)
    price = np.where(load < graph.places, 0, FARTHER)
    changed, moved = np.flatnonzero(given > 0), np.flatnonzero(load < graph.places)
    for _ in range(2 * (families + volunteers) + 2):
        back = order[ragged(begins[moved], begins[moved + 1])]
        back = back[~chosen[back]]
        lowered = _lower(cost, graph.of_family[back], price[graph.of_volunteer[back]] - graph.score[back])
        changed = np.union1d(changed, lowered) if changed.size else lowered
        if not changed.size:
            return Solution(chosen, np.maximum(price, 0), -cost)
        on = ragged(graph.row[changed], graph.row[changed + 1])
        on = on[chosen[on]]
        moved = _lower(price, graph.of_volunteer[on], cost[graph.of_family[on]] + graph.score[on])
        changed = np.empty(0, dtype=np.int64)
    raise NotBestError


def _lower(labels: Whole, at: Whole, to: Whole) -> Whole:
    """Lower the labels to these values where they are higher; who has changed, each once."""
    better = to < labels[at]
    at, to = at[better], to[better]
    np.minimum.at(labels, at, to)
    return np.unique(at)
