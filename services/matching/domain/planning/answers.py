"""What is said of a plan that was computed, whether from nothing or from a plan before it."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

import numpy as np

from services.matching.domain.planning import plain
from services.matching.domain.planning.kept import Kept, kept
from services.matching.domain.planning.plain import Plain
from services.matching.domain.planning.problem import Pair, Problem, Totals, totals
from services.matching.domain.planning.proof import prove
from services.matching.domain.planning.repair import Former


def chosen_of(former: Former) -> list[tuple[UUID, UUID]]:
    """The plan's pairs without the pinned ones, in the order of families and volunteers."""
    graph, at = former.graph, np.flatnonzero(former.solution.chosen)
    families, volunteers = graph.of_family[at].tolist(), graph.of_volunteer[at].tolist()
    return [(graph.families[one], graph.volunteers[other]) for one, other in zip(families, volunteers, strict=True)]


def reached(plan: Kept, pins: Sequence[Pair]) -> Totals:
    """What the plan is worth, its pins with it."""
    score = plan.former.graph.score[plan.former.solution.chosen].tolist()
    pairs = [
        Pair(family, volunteer, points)
        for (family, volunteer), points in zip(chosen_of(plan.former), score, strict=True)
    ]
    return totals(Problem(plan.families, [], pairs, pins), [(one.family, one.volunteer) for one in (*pins, *pairs)])


def answer(plan: Kept, pins: Sequence[Pair], told: Sequence[Plain], worth: Totals) -> Plain:
    """Of a plan that is proved: `told` are the pairs that are to be written down, beside the pins."""
    proof = prove(plan.former.graph, plan.former.solution)
    return {
        "pairs": [*map(plain.pinned, pins), *told],
        "totals": asdict(worth),
        "proof": {"worth": proof.worth, "bound": proof.bound},
        "eligible_pairs": plan.former.graph.size[2],
        "state": kept(plan),
    }
