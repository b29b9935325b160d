"""A plan from a plan before it: the graph of today from the former one, and the reasons that hold word for word."""

from dataclasses import dataclass, replace
from operator import attrgetter
from random import Random
from uuid import UUID

import numpy as np
import pytest

from services.matching.domain.planning.graph import NO_PLACE, Graph, Solution, Whole, graph_of
from services.matching.domain.planning.kept import Kept, kept, kept_of
from services.matching.domain.planning.problem import Problem, totals
from services.matching.domain.planning.proof import prove
from services.matching.domain.planning.reasons import Limits, Looks, limits_of, reasons
from services.matching.domain.planning.renewed import News, renewed
from services.matching.domain.planning.repair import Former, replan
from services.matching.domain.planning.solver import solve
from services.matching.domain.planning.unchanged import told_before
from services.matching.tests.instances import best, changed, crowd, made

ARRAYS = ("wanted", "places", "row", "of_family", "of_volunteer", "score")


def news_between(before: Problem, after: Problem) -> News:
    """Who came, went, or has other wishes, places, pairs or pins."""
    families = {one.id for one in {*before.families} ^ {*after.families}}
    volunteers = {one.id for one in {*before.volunteers} ^ {*after.volunteers}}
    pins = {*before.pinned} ^ {*after.pinned}
    families |= {one.family for one in pins}
    volunteers |= {one.volunteer for one in pins}
    out = {(one.family, one.volunteer) for one in after.pinned} | after.forbidden
    some = [one for one in after.pairs if one.family in families or one.volunteer in volunteers]
    return News(
        frozenset(families),
        frozenset(volunteers),
        [one for one in after.families if one.id in families],
        [one for one in after.volunteers if one.id in volunteers],
        [one for one in some if (one.family, one.volunteer) not in out],
        after.pinned,
    )


def alike(one: Graph, other: Graph) -> bool:
    same = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS)
    scaled = one.first != other.first or np.array_equal(one.saves, other.saves)
    return same and scaled and (list(one.families), list(one.volunteers)) == (other.families, other.volunteers)


def pairs_of(graph: Graph, plan: Solution) -> set[tuple[UUID, UUID]]:
    at = np.flatnonzero(plan.chosen)
    return {(graph.families[graph.of_family[one]], graph.volunteers[graph.of_volunteer[one]]) for one in at}


@pytest.mark.parametrize("seed", range(5))
def test_whoever_came_or_changed_is_in_the_graph_as_if_it_were_made_from_nothing_and_in_the_plan(seed: int) -> None:
    chance = Random(seed)
    for _ in range(400):
        problem = made(chance)
        graph = graph_of(problem)
        former, first = Former(graph, solve(graph)), graph.first
        for _ in range(3):
            after = changed(chance, problem)
            if after.forbidden != problem.forbidden:
                break
            graph, anew = renewed(former.graph, news_between(problem, after), after.families), graph_of(after)
            assert alike(graph, anew)
            assert graph.first >= max(first, anew.first)
            former, problem, first = Former(graph, replan(graph, former)), after, graph.first
            assert prove(graph, former.solution).holds
            pairs = [*((one.family, one.volunteer) for one in problem.pinned), *pairs_of(graph, former.solution)]
            assert totals(problem, pairs).worth(problem.objective) == best(problem)


@pytest.mark.parametrize("seed", range(5))
def test_where_one_plan_alone_is_the_best_it_is_found_again_pair_by_pair_whoever_came(seed: int) -> None:
    chance, seen = Random(seed), 0
    for _ in range(12):
        problem = crowd(chance, 40)
        graph = graph_of(problem)
        former = Former(graph, solve(graph))
        for _ in range(5):
            after = changed(chance, problem)
            if after.forbidden != problem.forbidden:
                continue
            graph = renewed(former.graph, news_between(problem, after), after.families)
            former, problem = Former(graph, replan(graph, former)), after
            anew = graph_of(problem)
            plan = solve(anew)
            assert prove(graph, former.solution).worth == prove(graph, Solution(plan.chosen, *_prices(former))).worth
            if is_alone(chance, anew, plan):
                assert pairs_of(graph, former.solution) == pairs_of(anew, plan)
                seen += 1
    assert seen > 10


def _prices(former: Former) -> tuple[Whole, Whole]:
    return former.solution.price, former.solution.pull


def is_alone(chance: Random, graph: Graph, plan: Solution) -> bool:
    """Whether no other plan is as good: whatever little is added to single pairs, or taken, the same is the best."""
    for sign in (1, -1, 1, -1):
        little = np.array([sign * chance.randint(0, 9) for _ in range(graph.score.size)], dtype=np.int64)
        saves = np.where(graph.saves > NO_PLACE, graph.saves * 1000, NO_PLACE)
        other = replace(graph, score=graph.score * 1000 + little, saves=saves, first=graph.first * 1000)
        if pairs_of(other, solve(other)) != pairs_of(graph, plan):
            return False
    return True


@dataclass
class Counted:
    """How many reasons were taken over, and how many were not."""

    held: int = 0
    other: int = 0


def compare(before: Former, looks: Looks, now: Former, limits: Limits, counted: Counted) -> Looks:
    """What is taken over is what would be worked out, and what it was found by is no less than what would be."""
    was, _ = reasons(before.graph, before.solution, looks.limits)
    anew, whole = reasons(now.graph, now.solution, limits)
    told = told_before(before, looks, now, limits)
    rest, joined = reasons(now.graph, now.solution, limits, told)
    of_now = dict(zip(np.flatnonzero(now.solution.chosen).tolist(), anew, strict=True))
    of_then = dict(zip(np.flatnonzero(before.solution.chosen).tolist(), was, strict=True))
    for then, pair in zip(told.was.tolist(), told.pairs.tolist(), strict=True):
        assert of_then[then] == of_now.pop(pair)
    assert rest == list(of_now.values())
    counted.held += told.pairs.size
    counted.other += len(rest)
    found, expected = searches_of(joined), searches_of(whole)
    assert found.keys() == expected.keys()
    for one, (all_of_it, looked_at) in expected.items():
        assert found[one][0] == all_of_it
        assert [node for node, *_ in found[one][1]] == [node for node, *_ in looked_at]
        # The first step that was not looked at may have gone since: what comes later was not looked at either.
        assert all(kept[1:] <= first[1:] for kept, first in zip(found[one][1], looked_at, strict=True))
    return joined


def searches_of(looks: Looks) -> dict[tuple[int, int], tuple[bool, list[tuple[int, ...]]]]:
    pair, other, whole, count, *of_looks = (
        getattr(looks, name).tolist() for name in ("pair", "other", "whole", "count", "node", "beyond", "to")
    )
    looked_at = list(zip(*of_looks, strict=True))
    found, at = {}, 0
    for one, passed, all_of_it, many in zip(pair, other, whole, count, strict=True):
        found[one, passed] = (all_of_it, looked_at[at : at + many])
        at += many
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_reason_that_is_taken_over_is_the_one_that_would_be_worked_out(seed: int) -> None:
    chance, counted = Random(seed), Counted()
    for _ in range(250):
        problem = made(chance) if chance.random() < 0.6 else crowd(chance, 25)
        graph = graph_of(problem)
        before = Former(graph, solve(graph))
        limits = Limits(chance.choice((1, 3)), chance.choice((2, 3, 9, 30)))
        looks = reasons(graph, before.solution, limits)[1]
        for _ in range(3):
            problem = changed(chance, problem)
            graph = graph_of(problem)
            now = Former(graph, replan(graph, before))
            steps = chance.choice((limits.steps, limits.steps, 2, 3, 9, 30))
            limits = Limits(chance.choice((limits.most, limits.most, limits.most, 1, 3)), steps)
            looks = compare(before, looks, now, limits, counted)
            before = now
    assert min(counted.held, counted.other) > 1500


def test_what_is_kept_of_a_plan_is_read_as_it_was() -> None:
    chance = Random(3)
    for _ in range(60):
        problem = made(chance)
        graph = graph_of(problem)
        former = Former(graph, solve(graph))
        told, looks = reasons(graph, former.solution, limits_of(graph, former.solution))
        marks = np.array([chance.getrandbits(64) for _ in told], dtype=np.uint64)
        plan = kept_of(kept(Kept(former, sorted(problem.families, key=attrgetter("id.int")), marks, looks)))
        assert alike(plan.former.graph, graph)
        assert (plan.former.graph.first, [one.id for one in plan.families]) == (graph.first, graph.families)
        assert np.array_equal(plan.former.graph.saves, graph.saves)
        assert np.array_equal(plan.marks, marks)
        assert searches_of(plan.looks) == searches_of(looks)
        assert plan.looks.limits == looks.limits
        for name in ("chosen", "price", "pull"):
            assert np.array_equal(getattr(plan.former.solution, name), getattr(former.solution, name))
