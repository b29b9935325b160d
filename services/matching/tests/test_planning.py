"""What a plan is worth, which pins can be kept, and plans that a person can check by looking."""

from uuid import UUID

import numpy as np
import pytest

from services.matching.domain.planning.graph import Solution, graph_of
from services.matching.domain.planning.prices import NotBestError, priced
from services.matching.domain.planning.problem import (
    Conflicting,
    Contradiction,
    Family,
    NeedClass,
    Objective,
    Pair,
    Problem,
    Totals,
    Volunteer,
    contradictions,
    totals,
)
from services.matching.domain.planning.proof import Proof, prove
from services.matching.domain.planning.simple import Chosen, first_come_first_served, greedy
from services.matching.domain.planning.solver import solve

ANNE, BEN, CARA = (UUID(int=number) for number in (1, 2, 3))
VERA, WILL = (UUID(int=number) for number in (11, 12))


def planned(problem: Problem) -> Chosen:
    graph = graph_of(problem)
    plan = solve(graph)
    assert prove(graph, plan).holds
    return [
        (graph.families[graph.of_family[at]], graph.volunteers[graph.of_volunteer[at]])
        for at in np.flatnonzero(plan.chosen)
    ]


def two_and_two(objective: Objective = Objective.MOST_FAMILIES_FIRST, **more: object) -> Problem:
    """Vera fits both families, and Anne's a little better; Will only fits Anne's."""
    return Problem(
        [Family(ANNE), Family(BEN)],
        [Volunteer(VERA), Volunteer(WILL)],
        [Pair(ANNE, VERA, 900), Pair(BEN, VERA, 800), Pair(ANNE, WILL, 100)],
        objective=objective,
        **more,  # type: ignore[arg-type]
    )


def test_the_best_pair_is_given_up_where_that_places_another_family() -> None:
    assert planned(two_and_two()) == [(ANNE, WILL), (BEN, VERA)]
    assert greedy(two_and_two()) == [(ANNE, VERA)]


def test_most_families_come_before_any_fit_and_total_fit_knows_nothing_of_them() -> None:
    families = [Family(ANNE, weeks=156, need=NeedClass.MORE_VISITS), Family(BEN)]
    pairs = [Pair(ANNE, VERA, 1000), Pair(BEN, VERA, 0), Pair(ANNE, WILL, 0)]
    both = Problem(families, [Volunteer(VERA), Volunteer(WILL)], pairs)
    assert planned(both) == [(ANNE, WILL), (BEN, VERA)]
    alone = Problem(families, [Volunteer(VERA), Volunteer(WILL)], pairs, objective=Objective.TOTAL_FIT)
    assert planned(alone) == [(ANNE, VERA)]


def test_whoever_has_waited_longer_or_needs_more_is_placed_where_not_all_can_be() -> None:
    def placed(*families: Family) -> UUID:
        pairs = [Pair(one.id, VERA, 500) for one in families]
        return planned(Problem(families, [Volunteer(VERA)], pairs))[0][0]

    assert placed(Family(ANNE, weeks=3), Family(BEN, weeks=4)) == BEN
    assert placed(Family(ANNE, need=NeedClass.TWO_VISITS), Family(BEN, need=NeedClass.ONE_VISIT)) == ANNE


def test_a_first_volunteer_for_one_family_comes_before_a_second_for_another() -> None:
    problem = Problem(
        [Family(ANNE, wanted=2, weeks=150), Family(BEN)],
        [Volunteer(VERA), Volunteer(WILL)],
        [Pair(ANNE, VERA, 1000), Pair(ANNE, WILL, 1000), Pair(BEN, WILL, 0)],
    )
    assert planned(problem) == [(ANNE, VERA), (BEN, WILL)]


def test_an_empty_place_costs_by_need_and_weeks_and_later_ones_less() -> None:
    assert Family(ANNE, wanted=3, weeks=10, need=NeedClass.TWO_VISITS).costs() == (700, 350, 233)
    assert Family(ANNE, weeks=500).costs() == Family(ANNE, weeks=156).costs() == (3420,)
    assert [NeedClass.of(visits) for visits in (0, 1, 2, 3, 7)] == [1, 1, 2, 3, 3]


def test_a_pinned_pair_is_in_the_plan_and_a_forbidden_one_is_not() -> None:
    pinned = two_and_two(pinned=(Pair(ANNE, VERA, 900),))
    assert planned(pinned) == []
    assert prove(graph_of(pinned), solve(graph_of(pinned))) == Proof(kept=True, worth=0, bound=0)
    assert planned(two_and_two(forbidden=frozenset({(ANNE, WILL)}))) == [(ANNE, VERA)]


@pytest.mark.parametrize(
    ("pins", "why"),
    [
        ([Pair(BEN, WILL, 0)], Contradiction.PINNED_AND_FORBIDDEN),
        ([Pair(ANNE, WILL, 0), Pair(ANNE, WILL, 0)], Contradiction.PINNED_TWICE),
        ([Pair(CARA, WILL, 0)], Contradiction.NOT_WAITING),
        ([Pair(ANNE, CARA, 0)], Contradiction.NOT_AVAILABLE),
        ([Pair(ANNE, VERA, 0), Pair(ANNE, WILL, 0)], Contradiction.MORE_PINS_THAN_WANTED),
        ([Pair(ANNE, VERA, 0), Pair(BEN, VERA, 0)], Contradiction.MORE_PINS_THAN_PLACES),
    ],
)
def test_pins_that_cannot_all_be_kept_are_named(pins: list[Pair], why: Contradiction) -> None:
    problem = two_and_two(pinned=pins, forbidden=frozenset({(BEN, WILL)}))
    assert contradictions(problem) == [Conflicting(len(pins) - 1, why)]


def test_nobody_waiting_and_nobody_available_make_an_empty_plan() -> None:
    assert planned(Problem([], [], [])) == []
    assert planned(Problem([Family(ANNE)], [], [])) == []
    assert planned(Problem([], [Volunteer(VERA)], [])) == []
    assert planned(Problem([Family(ANNE)], [Volunteer(VERA, 0)], [Pair(ANNE, VERA, 1)])) == []


def test_who_has_waited_longest_chooses_first_where_it_is_first_come_first_served() -> None:
    problem = Problem(
        [Family(ANNE, weeks=1), Family(BEN, weeks=9)],
        [Volunteer(VERA)],
        [Pair(ANNE, VERA, 900), Pair(BEN, VERA, 100)],
    )
    assert first_come_first_served(problem) == [(BEN, VERA)]
    assert greedy(problem) == [(ANNE, VERA)]


def test_totals_count_families_places_fit_and_the_weeks_that_end() -> None:
    families = [Family(ANNE, wanted=2, weeks=5), Family(BEN, weeks=7)]
    pairs = [Pair(ANNE, VERA, 900), Pair(ANNE, WILL, 100), Pair(BEN, WILL, 50)]
    problem = Problem(families, [Volunteer(VERA), Volunteer(WILL)], pairs)
    assert totals(problem, [(ANNE, VERA), (ANNE, WILL)]) == Totals(1, 2, 1000, 1000 + 400 + 200, 5)


def test_a_plan_that_can_be_bettered_has_no_prices_or_no_proof() -> None:
    graph = graph_of(two_and_two())
    worse = np.array([True, False, False])
    assert prove(graph, priced(graph, worse)).gap > 0
    assert prove(graph, Solution(worse, solve(graph).price, solve(graph).pull)).gap > 0
    crossed = [Pair(ANNE, VERA, 100), Pair(ANNE, WILL, 900), Pair(BEN, VERA, 900), Pair(BEN, WILL, 100)]
    swapped = graph_of(Problem([Family(ANNE), Family(BEN)], [Volunteer(VERA), Volunteer(WILL)], crossed))
    with pytest.raises(NotBestError):
        priced(swapped, np.array([True, False, False, True]))


def test_a_plan_that_gives_more_places_than_there_are_is_no_plan() -> None:
    graph = graph_of(two_and_two())
    prices = solve(graph)
    assert not prove(graph, Solution(np.array([True, False, True]), prices.price, prices.pull)).kept
