"""Proves that a plan is the best one, from the problem and the plan's prices alone; the solver need not be trusted.

Whatever the prices are, no plan can be worth more than they add up to: each volunteer's places at their price, what a
pair is worth beyond the price and the pull of its family, and what a place saves beyond that pull. A plan that is worth
just as much is therefore the best. All of it is done in whole numbers.
"""

from dataclasses import dataclass

import numpy as np

from services.matching.domain.planning.graph import NO_PLACE, Graph, Solution, filled, loads


@dataclass(frozen=True, slots=True)
class Proof:
    """`worth` is what the plan reaches, `bound` what no plan can exceed; pins are in neither."""

    kept: bool
    worth: int
    bound: int

    @property
    def gap(self) -> int:
        """How much better a plan could be; 0 proves that none is."""
        return self.bound - self.worth

    @property
    def holds(self) -> bool:
        """Whether the plan keeps to all places and is the best one."""
        return self.kept and self.gap == 0


def prove(graph: Graph, plan: Solution) -> Proof:
    """Whether the plan keeps to the places that there are, what it is worth, and what none can exceed."""
    given, load = filled(graph, plan.chosen), loads(graph, plan.chosen)
    kept = bool((given <= graph.wanted).all() and (load <= graph.places).all() and (plan.price >= 0).all())
    place = np.arange(graph.saves.shape[1])
    saved = graph.saves[(place < given[:, None]) & (graph.saves > NO_PLACE)]
    worth = int(graph.score[plan.chosen].sum()) + int(saved.sum())
    beyond = graph.score - plan.pull[graph.of_family] - plan.price[graph.of_volunteer]
    through = graph.saves + plan.pull[:, None]
    real = graph.saves > NO_PLACE
    bound = (
        int((graph.places * plan.price).sum())
        + int(np.maximum(beyond, 0).sum())
        + int(np.maximum(through, 0)[real].sum())
    )
    return Proof(kept, worth, bound)
