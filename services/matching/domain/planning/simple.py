"""Two ways in which a plan is made by hand, to compare with: the best pair first, and who has waited longest first."""

from collections.abc import Iterable
from uuid import UUID

from services.matching.domain.planning.problem import Pair, Problem

Chosen = list[tuple[UUID, UUID]]


def greedy(problem: Problem) -> Chosen:
    """Again and again the pair with the highest score of those that are still possible."""
    return _taken(problem, sorted(problem.pairs, key=lambda one: (-one.score, one.family, one.volunteer)))


def first_come_first_served(problem: Problem) -> Chosen:
    """Who has waited longest chooses first, the best volunteer who is left."""
    weeks = {one.id: one.weeks for one in problem.families}
    order = sorted(problem.pairs, key=lambda one: (-weeks[one.family], one.family, -one.score, one.volunteer))
    return _taken(problem, order)


def _taken(problem: Problem, order: Iterable[Pair]) -> Chosen:
    wanted = {one.id: one.wanted for one in problem.families}
    places = {one.id: one.places for one in problem.volunteers}
    chosen: dict[tuple[UUID, UUID], None] = {}
    for one in (*problem.pinned, *order):
        pair = (one.family, one.volunteer)
        free = wanted[one.family] > 0 and places[one.volunteer] > 0
        if free and pair not in chosen and pair not in problem.forbidden:
            chosen[pair] = None
            wanted[one.family] -= 1
            places[one.volunteer] -= 1
    return list(chosen)
