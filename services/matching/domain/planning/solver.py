"""The best plan for a whole graph, by minimum-cost flow; the only module that knows the solver library (ADR 0112).

Of several plans that are equally good it is the one that the library reaches from families, volunteers and pairs in the
order of their ids: the same for the same input in any order, as long as the library stays the same.
"""

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from services.matching.domain.planning.graph import NO_PLACE, Flags, Graph, Solution
from services.matching.domain.planning.prices import priced


class UnsolvedError(Exception):
    """The library did not solve it, which it does for every graph that is sound."""


def solve(graph: Graph) -> Solution:
    """The best plan with its prices."""
    return priced(graph, cheapest_flow(graph))


def cheapest_flow(graph: Graph) -> Flags:
    """Which pairs the best plan chooses. Each place of a family goes to a volunteer, or stays empty at its cost."""
    families, volunteers, pairs = graph.size
    if not pairs:
        return np.zeros(0, dtype=np.bool_)
    flow, end = SimpleMinCostFlow(), families + volunteers
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        graph.of_family, families + graph.of_volunteer, np.ones(pairs, dtype=np.int64), -graph.score
    )
    empty, place = np.nonzero(graph.saves > NO_PLACE)
    flow.add_arcs_with_capacity_and_unit_cost(
        empty, np.full(empty.size, end), np.ones(empty.size, dtype=np.int64), graph.saves[empty, place]
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        families + np.arange(volunteers), np.full(volunteers, end), graph.places, np.zeros(volunteers, dtype=np.int64)
    )
    flow.set_nodes_supplies(np.arange(families), graph.wanted)
    flow.set_node_supply(end, -int(graph.wanted.sum()))
    if flow.solve() != SimpleMinCostFlow.OPTIMAL:
        raise UnsolvedError
    return np.asarray(flow.flows(arcs) > 0, dtype=np.bool_)
