"""P13: the plan for 10,000 families × 10,000 volunteers, some 50 eligible each, ÷ the fastest bare solver on its graph.

Ours is from the graph to a plan with prices and proof; the baselines get arrays made ready for them and tell which
pairs are chosen, and no prices. Both are measured first; the faster one is the baseline. There are fewer places than
families want, as everywhere. A plan whose gap is not 0 or whose worth is not the baseline's voids the figure.

Its second figure: one volunteer gone and planned anew, the median of many, ÷ planned from nothing. Told beside them:
what greedy, first come first served and, at a fifteenth of the size, a dense assignment reach.
"""

import random
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

import numpy as np

from bench.harness import Figure, Round, compare, value, wanted
from bench.planning_peers import dense, flow_of, table_of
from bench.planning_rows import stored
from services.matching.domain.planning.edits import Edits, edited
from services.matching.domain.planning.graph import Flags, Graph, Solution, graph_of
from services.matching.domain.planning.problem import Family, NeedClass, Pair, Problem, Volunteer, totals
from services.matching.domain.planning.proof import prove
from services.matching.domain.planning.repair import Former, replan
from services.matching.domain.planning.simple import Chosen, first_come_first_served, greedy
from services.matching.domain.planning.solver import solve

P13: Final = Figure(
    "P13", "plan of 10,000 families × 10,000 volunteers ÷ the fastest bare sparse solver", "ratio", 3, 1.3
)
AGAIN: Final = Figure(
    "P13", "planned anew after one volunteer has gone ÷ planned from nothing", "ratio", 1 / 20, 1 / 50
)
MEMORY: Final = Figure("P13", "memory of the process that computes it, from rows to a stored plan", "MiB", 1024, 512)
SERVICE: Final = Figure(
    "P13",
    "planned anew in the service, from rows to a stored plan ÷ the whole plan there",
    "ratio of CPU",
    1 / 20,
    1 / 50,
)
SIZE: Final = 10_000
DENSE_SIZE: Final = 650
CHANGES: Final = 21


def made(size: int, twos: float = 0.15) -> Problem:
    """Families and volunteers along a coast: who lives near may come, and fits the better the nearer they live."""
    chance = random.Random(13)
    families = [
        Family(
            UUID(int=chance.getrandbits(128)),
            2 if chance.random() < twos else 1,
            int(chance.expovariate(1 / 12)),
            NeedClass(chance.randint(1, 3)),
        )
        for _ in range(size)
    ]
    volunteers = [
        Volunteer(UUID(int=chance.getrandbits(128)), chance.choice((0, 0, 0, 1, 1, 1, 1, 1, 2, 2))) for _ in range(size)
    ]
    pairs = []
    for family in families:
        home = chance.randrange(size)
        for at in {min(size - 1, max(0, round(chance.gauss(home, size / 80)))) for _ in range(50)}:
            far = abs(at - home) * 80 / size
            pairs.append(
                Pair(family.id, volunteers[at].id, max(0, min(1000, round(chance.gauss(700 - 100 * far, 120)))))
            )
    return Problem(families, volunteers, pairs)


def main() -> None:
    if not wanted("P13"):
        return
    problem = made(SIZE)
    graph = graph_of(problem)
    plan = solve(graph)
    proof = prove(graph, plan)
    peers = {"ortools": flow_of(graph), "scipy": table_of(graph)}
    alone = {name: _seconds(peer) for name, peer in peers.items()}
    fastest = min(alone, key=lambda name: alone[name])
    same = _worth(graph, plan, peers[fastest]()) == proof.worth
    compare(
        P13,
        _arm(lambda: prove(graph, solve(graph))),
        _arm(peers[fastest]),
        rounds=5,
        gap=proof.gap,
        same_worth=same,
        baseline_is=fastest,
        alone_seconds={name: round(seconds, 2) for name, seconds in alone.items()},
        pairs=len(problem.pairs),
        mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        **_reached(problem, graph, plan),
    )
    _again(graph, plan)
    _stored()


def _stored() -> None:
    """From rows of the service's database to a stored plan, and the stored plan changed: memory is the promise."""
    first, again = stored(SIZE)
    ended = all(one.plan["status"] == "planned" and one.plan["totals"]["gap"] == 0 for one in (first, again))
    value(
        MEMORY,
        first.mib,
        key="stored",
        void=not ended,
        gap=first.plan["totals"]["gap"] if ended else None,
        wall_seconds=round(first.wall, 1),
        cpu_seconds=round(first.cpu, 1),
        totals=first.plan["totals"],
    )
    value(
        SERVICE,
        again.cpu / first.cpu,
        key="service",
        void=not ended,
        wall_seconds=round(again.wall, 1),
        cpu_seconds=round(again.cpu, 1),
    )


def _again(graph: Graph, plan: Solution) -> None:
    """Every change is one volunteer who has families in the plan; the worth has to be that of planning from nothing."""
    chance, busy = random.Random(31), np.unique(graph.of_volunteer[plan.chosen]).tolist()
    spent, whole, gaps = [], [], 0
    for at in chance.sample(busy, CHANGES):
        began = time.process_time()
        changed = edited(graph, Edits(without_volunteers=frozenset({graph.volunteers[at]})))
        after = replan(changed, Former(graph, plan))
        spent.append(time.process_time() - began)
        gaps += prove(changed, after).gap
    for _ in range(3):
        began = time.process_time()
        anew = solve(changed)
        whole.append(time.process_time() - began)
    same = prove(changed, anew).worth == prove(changed, after).worth
    value(
        AGAIN,
        statistics.median(spent) / statistics.median(whole),
        key="again",
        void=bool(gaps) or not same,
        gap=gaps,
        same_worth=same,
        slowest=round(max(spent) / statistics.median(whole), 3),
        ms=round(statistics.median(spent) * 1000, 1),
    )


def _reached(problem: Problem, graph: Graph, plan: Solution) -> dict[str, Any]:
    ours = totals(problem, _pairs(graph, plan.chosen))
    others = {
        "greedy": totals(problem, greedy(problem)),
        "first_come": totals(problem, first_come_first_served(problem)),
    }
    return {
        "plan": asdict(ours),
        **{name: asdict(reached) for name, reached in others.items()},
        "weeks_saved": {name: ours.weeks - reached.weeks for name, reached in others.items()},
        "dense": _dense(made(DENSE_SIZE, twos=0)),
    }


def _dense(problem: Problem) -> dict[str, float | int]:
    """The same kind of plan as a table of every family's places against every volunteer's."""
    graph = graph_of(problem)
    began = time.process_time()
    plan = solve(graph)
    sparse = time.process_time() - began
    began = time.process_time()
    worth = dense(graph)
    return {
        "size": DENSE_SIZE,
        "same_worth": worth == prove(graph, plan).worth,
        "times_slower": round((time.process_time() - began) / sparse, 1),
    }


def _pairs(graph: Graph, chosen: Flags) -> Chosen:
    return [
        (graph.families[family], graph.volunteers[volunteer])
        for family, volunteer in zip(graph.of_family[chosen], graph.of_volunteer[chosen], strict=True)
    ]


def _worth(graph: Graph, plan: Solution, chosen: Flags) -> int:
    return prove(graph, Solution(chosen, plan.price, plan.pull)).worth


def _seconds(peer: Callable[[], object]) -> float:
    began = time.process_time()
    peer()
    return time.process_time() - began


def _arm(work: Callable[[], object]) -> Callable[[], Round]:
    def run() -> Round:
        began, at = time.process_time(), time.monotonic()
        work()
        return Round(1, time.process_time() - began, time.monotonic() - at)

    return run


if __name__ == "__main__":
    main()
