"""`python -m services.matching.solving`: computes one plan, proves it and explains it, in a process of its own.

It is given what families need and what volunteers have; it reads no database and no key.
"""

from dataclasses import asdict
from operator import attrgetter
from typing import Final
from uuid import UUID

import numpy as np

from services.matching.domain.planning import plain
from services.matching.domain.planning.answers import answer, chosen_of
from services.matching.domain.planning.graph import graph_of
from services.matching.domain.planning.kept import Kept
from services.matching.domain.planning.pairing import Sieve, Waiting
from services.matching.domain.planning.problem import Objective, Pair, Problem, Volunteer, contradictions, totals
from services.matching.domain.planning.proof import prove
from services.matching.domain.planning.reasons import lacks, limits_of, reasons
from services.matching.domain.planning.recruiting import Plan, recruits, typical_places
from services.matching.domain.planning.repair import Former
from services.matching.domain.planning.simple import first_come_first_served, greedy
from services.matching.domain.planning.solver import solve
from services.matching.domain.plans import Refusal, Stage
from services.matching.domain.scoring import Weigher
from services.matching.domain.weights import MatchingPolicy
from shared import aside
from shared.aside import Plain, Say

MOST_PAIRS: Final = 3_000_000
_BY_ID: Final = attrgetter("id.int")


def computed(task: Plain, say: Say) -> Plain:
    """The plan, or why there is none."""
    say(Stage.PAIRING)
    waiting = [plain.waiting_of(one) for one in task["waiting"]]
    policy = MatchingPolicy(**task["policy"])
    sieve = Sieve(map(plain.candidate_of, task["candidates"]), policy)
    problem = _problem(task, waiting, sieve, policy)
    if contradictions(problem):
        return {"refused": Refusal.PINS_CONTRADICT}
    if len(problem.pairs) > MOST_PAIRS:
        return {"refused": Refusal.TOO_LARGE}
    say(Stage.SOLVING)
    graph = graph_of(problem)
    former = Former(graph, solve(graph))
    if not prove(graph, former.solution).holds:
        return {"refused": Refusal.NOT_PROVED}
    say(Stage.EXPLAINING)
    found, looks = reasons(graph, former.solution, limits_of(graph, former.solution))
    told = [plain.told(one) for one in found]
    plan = Kept(
        former,
        sorted(problem.families, key=_BY_ID),
        np.array([plain.mark(one) for one in told], dtype=np.uint64),
        looks,
    )
    worth = totals(problem, [(one.family, one.volunteer) for one in problem.pinned] + chosen_of(former))
    simple = {"greedy": greedy(problem), "first_come_first_served": first_come_first_served(problem)}
    counterfactual = Plan(frozenset(one.family for one in problem.pinned), former, waiting, policy)
    return answer(plan, problem.pinned, told, worth) | {
        "compared": {name: asdict(totals(problem, pairs)) for name, pairs in simple.items()},
        "lacks": [plain.shown(one) for one in lacks(graph, former.solution, waiting, sieve)],
        "recruits": [plain.shown(one) for one in recruits(counterfactual, typical_places(sieve.candidates))],
    }


def _problem(task: Plain, waiting: list[Waiting], sieve: Sieve, policy: MatchingPolicy) -> Problem:
    pins = plain.pairs_of(task["pinned"])
    by_id, by_volunteer = {one.id: one for one in waiting}, {UUID(one["id"]): one for one in task["candidates"]}
    pinned = []
    for family, volunteer in pins:
        if family in by_id and volunteer in by_volunteer:
            weigher = Weigher(by_id[family].need, policy, by_id[family].ties)
            pinned.append(Pair(family, volunteer, weigher.score(plain.candidate_of(by_volunteer[volunteer]))))
        else:
            pinned.append(Pair(family, volunteer, 0))
    places = {one.id: one.capacity - one.places_taken for one in sieve.candidates}
    # Who is pinned although a rule that may be passed over stands against it has a place for that.
    places |= {volunteer: max(1, places.get(volunteer, 0)) for _, volunteer in pins if volunteer in by_volunteer}
    return Problem(
        [one.family() for one in waiting],
        [Volunteer(one, count) for one, count in places.items()],
        [pair for one in waiting for pair in sieve.pairs(one)],
        pinned,
        frozenset(plain.pairs_of(task["forbidden"])),
        Objective(task["objective"]),
    )


if __name__ == "__main__":
    aside.answer(computed)
