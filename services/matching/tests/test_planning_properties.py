"""What holds for every plan, over ten thousand that were made at random."""

from dataclasses import replace
from random import Random
from uuid import UUID

import numpy as np
import pytest

from services.matching.domain.planning.edits import Edits, edited
from services.matching.domain.planning.graph import Graph, Solution, graph_of
from services.matching.domain.planning.problem import Problem, totals
from services.matching.domain.planning.proof import prove
from services.matching.domain.planning.repair import Former, replan
from services.matching.domain.planning.simple import Chosen, first_come_first_served, greedy
from services.matching.domain.planning.solver import solve
from services.matching.tests.instances import best, changed, explained, made, shuffled

SLICES, EACH = 10, 1000


def chosen(problem: Problem, graph: Graph, plan: Solution) -> Chosen:
    pairs = [(graph.families[graph.of_family[at]], graph.volunteers[graph.of_volunteer[at]]) for at in _of(plan)]
    return [(one.family, one.volunteer) for one in problem.pinned] + pairs


def _of(plan: Solution) -> list[int]:
    found: list[int] = np.flatnonzero(plan.chosen).tolist()
    return found


def keeps_to_what_is_hard(problem: Problem, pairs: Chosen) -> bool:
    """Only eligible or pinned pairs, each once, every pin, nothing forbidden, no more than there are places."""
    eligible = {(one.family, one.volunteer) for one in problem.pairs} - problem.forbidden
    pinned = {(one.family, one.volunteer) for one in problem.pinned}
    return (
        len(set(pairs)) == len(pairs)
        and pinned <= set(pairs) <= eligible | pinned
        and all(_count(pairs, 0, one.id) <= one.wanted for one in problem.families)
        and all(_count(pairs, 1, one.id) <= one.places for one in problem.volunteers)
    )


def _count(pairs: Chosen, side: int, of: UUID) -> int:
    return sum(pair[side] == of for pair in pairs)


@pytest.mark.parametrize("seed", range(SLICES))
def test_a_plan_is_the_best_one_and_proves_it_and_stays_so_when_something_changes(seed: int) -> None:
    chance = Random(seed)
    for _ in range(EACH):
        problem = made(chance)
        graph = graph_of(problem)
        plan = solve(graph)
        pairs = chosen(problem, graph, plan)
        worth = totals(problem, pairs).worth(problem.objective)
        assert keeps_to_what_is_hard(problem, pairs)
        assert worth == best(problem)
        assert prove(graph, plan).holds
        for simple in (greedy(problem), first_come_first_served(problem)):
            assert keeps_to_what_is_hard(problem, simple)
            assert totals(problem, simple).worth(problem.objective) <= worth
        other = graph_of(shuffled(chance, problem))
        assert chosen(problem, other, solve(other)) == pairs
        after = changed(chance, problem)
        new = graph_of(after)
        again = replan(new, Former(graph, plan))
        assert prove(new, again).holds
        assert keeps_to_what_is_hard(after, chosen(after, new, again))
        assert totals(after, chosen(after, new, again)).worth(after.objective) == best(after)


@pytest.mark.parametrize("seed", range(5))
def test_a_plan_without_somebody_is_explained_as_if_they_had_never_been_there(seed: int) -> None:
    chance, alike = Random(seed), 0
    for _ in range(400):
        problem = made(chance)
        if problem.pinned or not problem.volunteers:
            continue
        gone, graph = chance.choice(list(problem.volunteers)).id, graph_of(problem)
        less = edited(graph, Edits(without_volunteers=frozenset({gone})))
        again = replan(less, Former(graph, solve(graph)))
        without = replace(
            problem,
            volunteers=[one for one in problem.volunteers if one.id != gone],
            pairs=[one for one in problem.pairs if one.volunteer != gone],
            forbidden=frozenset(one for one in problem.forbidden if one[1] != gone),
        )
        new = graph_of(without)
        plan = solve(new)
        assert prove(less, again).worth == prove(new, plan).worth
        if chosen(problem, less, again) == chosen(without, new, plan):
            assert explained(less, again) == explained(new, plan)
            alike += 1
    assert alike > 50


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_of_hundreds_is_proved_and_repaired_again_and_again_to_the_same_worth(seed: int) -> None:
    chance = Random(seed)
    problem = _large(chance)
    graph = graph_of(problem)
    former = Former(graph, solve(graph))
    assert prove(*_both(former)).holds
    for _ in range(15):
        problem = changed(chance, problem)
        graph = graph_of(problem)
        former = Former(graph, replan(graph, former))
        assert prove(*_both(former)).holds
        assert prove(*_both(former)).worth == prove(graph, solve(graph)).worth


def _both(former: Former) -> tuple[Graph, Solution]:
    return former.graph, former.solution


def _large(chance: Random) -> Problem:
    parts = [made(chance) for _ in range(60)]
    families = [one for part in parts for one in part.families]
    volunteers = [one for part in parts for one in part.volunteers]
    eligible = {(one.family, one.volunteer): one for part in parts for one in part.pairs}
    objective = parts[0].objective
    first = Problem(families, volunteers, list(eligible.values()), objective=objective)
    for _ in range(40):
        first = changed(chance, first)
    return first
