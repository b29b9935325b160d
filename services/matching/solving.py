"""`python -m services.matching.solving`: computes one plan, proves it and explains it, in a process of its own.

It is given what families need and what volunteers have, or a former plan and what is to be different; it reads no
database and no key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from services.matching.domain.planning import plain
from services.matching.domain.planning.edits import Edits, edited
from services.matching.domain.planning.graph import Graph, filled, graph_of
from services.matching.domain.planning.pairing import Sieve, Waiting
from services.matching.domain.planning.problem import (
    Family,
    Objective,
    Pair,
    Problem,
    Totals,
    Volunteer,
    contradictions,
    totals,
)
from services.matching.domain.planning.proof import prove
from services.matching.domain.planning.reasons import lacks, reasons
from services.matching.domain.planning.recruiting import Plan, recruits, typical_places
from services.matching.domain.planning.repair import Former, replan
from services.matching.domain.planning.simple import first_come_first_served, greedy
from services.matching.domain.planning.solver import solve
from services.matching.domain.plans import Refusal, Stage
from services.matching.domain.scoring import Weigher
from services.matching.domain.weights import MatchingPolicy
from shared import aside
from shared.aside import Plain, Say

MOST_PAIRS: Final = 3_000_000


def computed(task: Plain, say: Say) -> Plain:
    """The plan, or why there is none."""
    return _again(task, say) if "state" in task else _anew(task, say)


def _anew(task: Plain, say: Say) -> Plain:
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
    chosen = [(one.family, one.volunteer) for one in problem.pinned] + _chosen(former)
    simple = {"greedy": greedy(problem), "first_come_first_served": first_come_first_served(problem)}
    counterfactual = Plan(frozenset(one.family for one in problem.pinned), former, waiting, policy)
    return _answer(former, totals(problem, chosen), problem.pinned, problem.families) | {
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


def _again(task: Plain, say: Say) -> Plain:
    """From a former plan: only what the changes touch is solved anew."""
    say(Stage.SOLVING)
    before, families, marks = plain.former_of(task["state"])
    graph = _changed(before.graph, task)
    if graph is None:
        return {"refused": Refusal.PINS_CONTRADICT}
    former = Former(graph, replan(graph, before))
    if not prove(graph, former.solution).holds:
        return {"refused": Refusal.NOT_PROVED}
    say(Stage.EXPLAINING)
    pins = [Pair(UUID(one["family"]), UUID(one["volunteer"]), one["score"]) for one in task["pins"]]
    new = dict.fromkeys(set(plain.pairs_of(task["pinned"])) - {(one.family, one.volunteer) for one in pins}, 0)
    new |= {pair: score for pair, score in _scores(before.graph) if pair in new}
    pins += [Pair(family, volunteer, score) for (family, volunteer), score in new.items()]
    left = (graph.wanted - filled(graph, former.solution.chosen)).tolist()
    eligible = {family: int(graph.row[at + 1] - graph.row[at]) for at, family in enumerate(graph.families)}
    known = {one["family"]: one for one in task["lacks"]}
    answer = _answer(former, _totals(families, former, pins), pins, families)
    # What is told of these pairs was told before, word for word; it stays where it is and is only pointed at.
    was = {(str(one), str(other)): mark for (one, other), mark in zip(_chosen(before), marks, strict=False)}
    same = [one for one in answer["pairs"] if not one["pinned"] and was.get(_key(one)) == plain.mark(one)]
    again = set(map(_key, same))
    return answer | {
        "pairs": [one for one in answer["pairs"] if _key(one) not in again],
        "same": [_key(one) for one in same],
        "compared": {},
        "lacks": [
            known.get(str(family), {"family": str(family), "eligible": eligible[family]}) | {"places": places}
            for family, places in zip(graph.families, left, strict=True)
            if places > 0
        ],
        "recruits": [],
    }


def _changed(graph: Graph, task: Plain) -> Graph | None:
    """None where the new pins cannot be kept beside each other."""
    # What was pinned before is out of the graph already.
    before = {(UUID(one["family"]), UUID(one["volunteer"])) for one in task["pins"]}
    edits = Edits(
        frozenset(map(UUID, task["without_volunteers"])),
        frozenset(map(UUID, task["without_families"])),
        frozenset(plain.pairs_of(task["pinned"])) - before,
        frozenset(plain.pairs_of(task["forbidden"])),
        {one: task["wanted"].get(str(one), 0) for one in graph.families},
        {one: task["free"].get(str(one), 0) for one in graph.volunteers},
    )
    known = set(graph.families), set(graph.volunteers)
    if (edits.pinned | before) & edits.forbidden or any(
        f not in known[0] or v not in known[1] for f, v in edits.pinned
    ):
        return None
    changed = edited(graph, edits)
    return changed if (changed.wanted >= 0).all() and (changed.places >= 0).all() else None


def _scores(graph: Graph) -> Iterator[tuple[tuple[UUID, UUID], int]]:
    for family, volunteer, score in zip(
        graph.of_family.tolist(), graph.of_volunteer.tolist(), graph.score.tolist(), strict=True
    ):
        yield (graph.families[family], graph.volunteers[volunteer]), score


def _totals(families: list[Family], former: Former, pins: list[Pair]) -> Totals:
    problem = Problem(families, [], _pairs(former), pins)
    return totals(problem, [(one.family, one.volunteer) for one in (*pins, *problem.pairs)])


def _pairs(former: Former) -> list[Pair]:
    score = former.graph.score[former.solution.chosen].tolist()
    return [Pair(family, volunteer, points) for (family, volunteer), points in zip(_chosen(former), score, strict=True)]


def _chosen(former: Former) -> list[tuple[UUID, UUID]]:
    graph, plan = former.graph, former.solution
    return [
        (graph.families[family], graph.volunteers[volunteer])
        for family, volunteer in zip(graph.of_family[plan.chosen], graph.of_volunteer[plan.chosen], strict=True)
    ]


def _answer(former: Former, reached: Totals, pins: Sequence[Pair], families: Sequence[Family]) -> Plain:
    graph, plan = former.graph, former.solution
    proof = prove(graph, plan)
    told = [plain.shown(one) | {"pinned": False} for one in reasons(graph, plan)]
    return {
        "pairs": [_pinned(one) for one in pins] + told,
        "totals": asdict(reached),
        "proof": {"worth": proof.worth, "bound": proof.bound},
        "eligible_pairs": graph.size[2],
        "state": plain.kept(former, families, told),
    }


def _key(one: Mapping[str, Any]) -> tuple[str, str]:
    return one["family"], one["volunteer"]


def _pinned(one: Pair) -> Mapping[str, Any]:
    return {"family": str(one.family), "volunteer": str(one.volunteer), "score": one.score, "pinned": True}


if __name__ == "__main__":
    aside.answer(computed)
