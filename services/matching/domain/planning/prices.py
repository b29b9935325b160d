"""The prices of a best plan: what one place more of a volunteer would be worth, as shortest ways through what is left.

A way begins where nobody is needed, goes along pairs that could be chosen and back along pairs that are; the labels of
all families and volunteers are corrected together, and after the first look only those that have just changed.
"""

from typing import Final

import numpy as np

from services.matching.domain.planning.graph import Flags, Graph, Solution, Whole, filled, loads, ragged

FAR: Final = 2**61


class NotBestError(Exception):
    """The plan can be bettered: it has no prices."""


def priced(graph: Graph, chosen: Flags) -> Solution:
    """The plan with its prices; `NotBestError` where an exchange would better it; the proof finds all else."""
    given, load = filled(graph, chosen), loads(graph, chosen)
    families, volunteers, _ = graph.size
    mine = np.flatnonzero(chosen)
    mine = mine[np.argsort(graph.of_volunteer[mine], kind="stable")]
    begins = np.searchsorted(graph.of_volunteer[mine], np.arange(volunteers + 1))
    open_place = given < graph.wanted
    pull = np.where(open_place, -graph.saves[np.arange(families), given], FAR)
    label = np.where(load > 0, 0, FAR)
    changed, moved = np.flatnonzero(open_place), np.flatnonzero(load > 0)
    for _ in range(2 * (families + volunteers) + 2):
        back = mine[ragged(begins[moved], begins[moved + 1])]
        lowered = _lower(pull, graph.of_family[back], label[graph.of_volunteer[back]] + graph.score[back])
        changed = np.union1d(changed, lowered) if changed.size else lowered
        if not changed.size:
            return Solution(chosen, np.maximum(0, -np.where(label == FAR, 0, label)), pull)
        on = ragged(graph.row[changed], graph.row[changed + 1])
        on = on[~chosen[on]]
        moved = _lower(label, graph.of_volunteer[on], pull[graph.of_family[on]] - graph.score[on])
        changed = np.empty(0, dtype=np.int64)
    raise NotBestError


def _lower(labels: Whole, at: Whole, to: Whole) -> Whole:
    """Lower the labels to these values where they are higher; who has changed, each once."""
    better = to < labels[at]
    at, to = at[better], to[better]
    np.minimum.at(labels, at, to)
    return np.unique(at)
