"""Which pairs a plan may choose from, why it chose as it did, what families lack, and whom recruiting would help."""

from random import Random
from uuid import UUID

import numpy as np

from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.planning.edits import Edits, edited
from services.matching.domain.planning.graph import Graph, Solution, filled, graph_of
from services.matching.domain.planning.pairing import Sieve, Waiting, pairs_of
from services.matching.domain.planning.problem import Family, Objective, Pair, Problem, Volunteer
from services.matching.domain.planning.proof import prove
from services.matching.domain.planning.reasons import Lack, PassedOver, Reason, Why, lacks
from services.matching.domain.planning.recruiting import Kind, Plan, Recruits, part_of_week, recruits, typical_places
from services.matching.domain.planning.repair import Former, replan
from services.matching.domain.planning.solver import solve
from services.matching.domain.scoring import Weigher
from services.matching.domain.weights import DEFAULT, MatchingPolicy
from services.matching.tests.instances import explained

ANNE, BEN, CARA = (UUID(int=number) for number in (1, 2, 3))
VERA, WILL, XENA = (UUID(int=number) for number in (11, 12, 13))
SLOTS = ("mon-morning", "mon-evening", "tue-evening", "wed-afternoon", "sat-morning")


def somebody(volunteer: UUID, **more: object) -> Candidate:
    told: dict[str, object] = {
        "working": True,
        "visits_families": True,
        "cleared": True,
        "capacity": 1,
        "places_taken": 0,
        "gender": "female",
    }
    return Candidate(id=volunteer, **(told | more))  # type: ignore[arg-type]


def some(chance: Random, values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(one for one in values if chance.random() < 0.4)


def anybody(chance: Random) -> Candidate:
    return somebody(
        UUID(int=chance.getrandbits(128)),
        working=chance.random() < 0.9,
        cleared=chance.random() < 0.9,
        capacity=chance.randint(1, 2),
        places_taken=chance.randint(0, 1),
        gender=chance.choice(("female", "male")),
        visits_a_week=chance.randint(0, 3),
        outcode=chance.choice(("SS0", "SS1", "CM1", None)),
        availability=some(chance, SLOTS),
        languages=some(chance, ("en", "bn")),
    )


def any_need(chance: Random) -> Need:
    return Need(
        outcode=chance.choice(("SS0", "SS2", None)),
        gender=chance.choice((None, None, "male", "other")),
        languages=some(chance, ("en", "bn")),
        availability=some(chance, SLOTS),
        visits_a_week=chance.randint(1, 3),
    )


def test_looking_at_all_volunteers_at_once_finds_the_pairs_that_judging_each_finds() -> None:
    chance = Random(6)
    for _ in range(60):
        policy = MatchingPolicy(
            slots_per_visit=chance.randint(1, 2),
            whole_visits=chance.random() < 0.5,
            near_metres=chance.choice((0, 1500)),
        )
        candidates = [anybody(chance) for _ in range(25)]
        ties = Ties(refused=frozenset({candidates[0].id}))
        waiting = [Waiting(UUID(int=at), any_need(chance), ties=ties) for at in range(10)]
        expected = {
            (one.id, candidate.id): Weigher(one.need, policy, ties).score(candidate)
            for one in waiting
            for candidate in candidates
            if not Weigher(one.need, policy, ties).exclusions(candidate)
        }
        assert {(one.family, one.volunteer): one.score for one in pairs_of(waiting, candidates, policy)} == expected


def solved(problem: Problem) -> tuple[Graph, Solution]:
    graph = graph_of(problem)
    return graph, solve(graph)


def test_a_better_volunteer_is_passed_over_where_their_place_places_another_family() -> None:
    problem = Problem(
        [Family(ANNE), Family(BEN)],
        [Volunteer(VERA), Volunteer(WILL)],
        [Pair(ANNE, VERA, 900), Pair(ANNE, WILL, 300), Pair(BEN, VERA, 200)],
    )
    passed = PassedOver(VERA, 900, Why.PLACES_ANOTHER_FAMILY)
    assert explained(*solved(problem)) == [Reason(ANNE, WILL, 300, 2, 2, (passed,)), Reason(BEN, VERA, 200, 1, 1)]


def test_a_better_volunteer_is_passed_over_where_their_place_is_worth_more_elsewhere() -> None:
    pairs = [Pair(ANNE, VERA, 900), Pair(ANNE, WILL, 850), Pair(BEN, VERA, 900), Pair(BEN, WILL, 700)]
    problem = Problem([Family(ANNE), Family(BEN)], [Volunteer(VERA), Volunteer(WILL)], pairs)
    first = explained(*solved(problem))[0]
    assert (first.volunteer, first.passed_over[0].why, first.passed_over[0].volunteer) == (
        WILL,
        Why.WORTH_MORE_ELSEWHERE,
        VERA,
    )
    forced = Problem(problem.families, problem.volunteers, pairs, pinned=(Pair(ANNE, VERA, 900),))
    assert first.passed_over[0].points == 900 + 850 - 900 - 700
    assert [one.volunteer for one in explained(*solved(forced))] == [WILL]


def test_what_a_passed_over_volunteer_costs_is_what_forcing_them_would_cost() -> None:
    chance = Random(11)
    for _ in range(200):
        families = [Family(UUID(int=at + 1), weeks=chance.randint(0, 9)) for at in range(4)]
        volunteers = [Volunteer(UUID(int=at + 50), chance.randint(1, 2)) for at in range(3)]
        pairs = [
            Pair(f.id, v.id, chance.randint(0, 1000)) for f in families for v in volunteers if chance.random() < 0.7
        ]
        problem = Problem(families, volunteers, pairs, objective=Objective.TOTAL_FIT)
        graph, plan = solved(problem)
        scores = {(one.family, one.volunteer): one for one in pairs}
        for one in explained(graph, plan):
            for other in one.passed_over:
                pin = scores[one.family, other.volunteer]
                forced = Problem(families, volunteers, pairs, pinned=(pin,), objective=Objective.TOTAL_FIT)
                worth = prove(*solved(forced)).worth + pin.score + families[one.family.int - 1].costs()[0]
                assert other.points == prove(graph, plan).worth - worth


def lack_of(waiting: list[Waiting], candidates: list[Candidate]) -> list[Lack]:
    problem = Problem(
        [one.family() for one in waiting],
        [Volunteer(one.id, one.capacity - one.places_taken) for one in candidates],
        pairs_of(waiting, candidates, DEFAULT),
    )
    return lacks(*solved(problem), waiting, Sieve(candidates, DEFAULT))


def test_a_family_without_a_volunteer_is_told_what_nobody_has_and_what_alone_keeps_whom_away() -> None:
    need = Need(
        "SS0", languages=frozenset({"bn"}), gender="male", skills=frozenset({"autism"}),
        availability=frozenset({"tue-evening"}),
    )  # fmt: skip
    candidates = [
        somebody(VERA, availability=frozenset({"tue-evening"}), outcode="CM1"),
        somebody(WILL, gender="male", availability=frozenset({"mon-morning"}), languages=frozenset({"en"})),
        somebody(XENA, availability=frozenset({"mon-morning"})),
    ]
    assert lack_of([Waiting(ANNE, need)], candidates) == [
        Lack(ANNE, 1, 0, (("gender", 1), ("times", 1)), (), ("bn",), ("autism",), "SS")
    ]


def test_a_family_whose_volunteers_all_go_to_others_lacks_nothing_but_places() -> None:
    waiting = [Waiting(ANNE, Need()), Waiting(BEN, Need(), weeks=3)]
    assert lack_of(waiting, [somebody(VERA)]) == [Lack(ANNE, 1, 1, (), (), (), (), None)]


def recruited(waiting: list[Waiting], candidates: list[Candidate], places: int = 1) -> list[Recruits]:
    problem = Problem(
        [one.family() for one in waiting],
        [Volunteer(one.id, one.capacity) for one in candidates],
        pairs_of(waiting, candidates, DEFAULT),
    )
    return recruits(Plan(frozenset(), Former(*solved(problem)), waiting, DEFAULT), places)


def test_a_recruitment_report_says_how_many_of_which_kind_would_place_how_many_families() -> None:
    evening = Need("SS0", languages=frozenset({"bn"}), availability=frozenset({"mon-evening", "tue-evening"}))
    morning = Need("CM1", availability=frozenset({"wed-afternoon"}))
    waiting = [Waiting(UUID(int=at), evening) for at in range(1, 6)] + [Waiting(UUID(int=9), morning)]
    bengali = Kind(("bn",), None, "weekday-evenings", ("mon-evening", "tue-evening"), "SS", ("SS0",))
    daytime = Kind((), None, "weekday-daytime", ("wed-afternoon",), "CM", ("CM1",))
    assert recruited(waiting, [], places=2) == [Recruits(bengali, 3, 2, 5), Recruits(daytime, 1, 2, 1)]


def test_who_is_placed_by_making_room_counts_and_nobody_is_recruited_where_all_are_placed() -> None:
    # Ben can only have Vera, who is the better one for Anne too; a recruit for Anne's kind would make room.
    anne = Waiting(ANNE, Need("SS0", availability=frozenset({"mon-morning"})), weeks=9)
    ben = Waiting(BEN, Need("SS0", availability=frozenset({"sat-morning"})))
    both = somebody(VERA, availability=frozenset({"mon-morning", "sat-morning"}), outcode="SS0")
    assert [(one.volunteers, one.families) for one in recruited([anne, ben], [both])] == [(1, 1)]
    assert recruited([anne], [both]) == []


def test_a_part_of_the_week_is_the_one_in_which_most_of_the_times_lie() -> None:
    assert part_of_week(frozenset()) == "any-time"
    assert part_of_week(frozenset({"sat-evening", "sun-morning", "mon-evening"})) == "weekends"
    assert part_of_week(frozenset({"mon-evening", "tue-morning"})) == "weekday-daytime"
    assert part_of_week(frozenset({"mon-evening"})) == "weekday-evenings"


def test_a_typical_volunteer_takes_as_many_families_as_the_lower_median() -> None:
    assert typical_places([]) == 1
    assert typical_places([somebody(VERA, capacity=size) for size in (1, 2, 2, 5)]) == 2


def test_a_change_to_the_graph_is_planned_as_the_changed_problem_is() -> None:
    chance = Random(5)
    for _ in range(100):
        families = [Family(UUID(int=at + 1), chance.randint(1, 2), chance.randint(0, 9)) for at in range(5)]
        volunteers = [Volunteer(UUID(int=at + 50), chance.randint(1, 2)) for at in range(4)]
        pairs = [
            Pair(f.id, v.id, chance.randint(0, 1000)) for f in families for v in volunteers if chance.random() < 0.7
        ]
        objective = chance.choice(list(Objective))
        graph, plan = solved(Problem(families, volunteers, pairs, objective=objective))
        pin, no, gone, left = (*chance.sample(pairs, 2), volunteers[0].id, families[0].id)
        if gone == pin.volunteer or left == pin.family:
            continue
        edits = Edits(
            frozenset({gone}),
            frozenset({left}),
            frozenset({(pin.family, pin.volunteer)}),
            frozenset({(no.family, no.volunteer)}),
        )
        changed = edited(graph, edits)
        after = replan(changed, Former(graph, plan))
        assert prove(changed, after).holds
        anew = Problem(
            [one for one in families if one.id != left],
            [one for one in volunteers if one.id != gone],
            [one for one in pairs if one.family != left and one.volunteer != gone],
            (pin,),
            frozenset({(no.family, no.volunteer)}),
            objective,
        )
        theirs, best = solved(anew)
        assert _points(changed, after) == _points(theirs, best)
        assert (
            filled(changed, after.chosen).sum() == filled(theirs, best.chosen).sum() or objective is Objective.TOTAL_FIT
        )


def _points(graph: Graph, plan: Solution) -> tuple[int, int]:
    worth = prove(graph, plan).worth
    if not graph.first:
        return 0, worth
    placed = int((graph.saves[:, 0] > graph.first // 2)[np.flatnonzero(filled(graph, plan.chosen))].sum())
    return placed, worth - placed * graph.first
