"""Small plans made at random, and the best of each by trying everything."""

from collections.abc import Iterator
from itertools import combinations
from random import Random
from uuid import UUID

from services.matching.domain.planning.graph import Graph, Solution
from services.matching.domain.planning.problem import (
    Family,
    NeedClass,
    Objective,
    Pair,
    Problem,
    Volunteer,
    contradictions,
)
from services.matching.domain.planning.reasons import Reason, limits_of, reasons

# Few different scores: what is hard about a plan are its ties.
_SCORES = (0, 250, 500, 500, 750, 1000)


def made(chance: Random) -> Problem:
    """Up to six families and five volunteers, some without a place, with pins and forbidden pairs now and then."""
    families = [_family(chance) for _ in range(chance.randint(0, 6))]
    volunteers = [Volunteer(_id(chance), chance.choice((0, 1, 1, 2))) for _ in range(chance.randint(0, 5))]
    dense = chance.choice((0.3, 0.6, 0.9))
    pairs = [
        Pair(family.id, volunteer.id, _score(chance))
        for family in families
        for volunteer in volunteers
        if chance.random() < dense
    ]
    forbidden = frozenset((one.family, one.volunteer) for one in pairs if chance.random() < 0.05)
    objective = chance.choice(list(Objective))
    return _kept(Problem(families, volunteers, pairs, _pins(chance, families, volunteers, pairs), forbidden, objective))


def crowd(chance: Random, size: int) -> Problem:
    """So many families and volunteers along a coast: who lives near fits better, and there are too few places."""
    families = [_family(chance) for _ in range(size)]
    volunteers = [Volunteer(_id(chance), chance.choice((0, 0, 1, 1, 1, 2))) for _ in range(size)]
    pairs = [
        Pair(family.id, volunteers[at].id, max(0, 1000 - 90 * abs(at - home) - chance.randint(0, 90)))
        for home, family in enumerate(families)
        for at in sorted({min(size - 1, max(0, round(chance.gauss(home, 4)))) for _ in range(7)})
    ]
    return Problem(families, volunteers, pairs, objective=chance.choice(list(Objective)))


def changed(chance: Random, problem: Problem) -> Problem:
    """The same with one or two changes: somebody comes or goes, has another number of places, or is pinned."""
    for _ in range(chance.randint(1, 2)):
        problem = chance.choice((_gone, _came, _family_gone, _family_came, _places, _freed, _pinned))(chance, problem)
    return problem


def explained(graph: Graph, plan: Solution) -> list[Reason]:
    """Why each pair of the plan was chosen, all worked out."""
    return reasons(graph, plan, limits_of(graph, plan))[0]


def shuffled(chance: Random, problem: Problem) -> Problem:
    """The same in another order."""
    families, volunteers, pairs = list(problem.families), list(problem.volunteers), list(problem.pairs)
    for one in (families, volunteers, pairs):
        chance.shuffle(one)
    return _with(problem, families=families, volunteers=volunteers, pairs=pairs)


def best(problem: Problem) -> tuple[int, int]:
    """What the best plan is worth, by trying every choice of every family against every number of places left."""
    places = {one.id: one.places for one in problem.volunteers}
    order = sorted(places)
    reached = {tuple(places[one] for one in order): (0, 0)}
    for family in problem.families:
        choices = list(_choices(problem, family, order))
        further: dict[tuple[int, ...], tuple[int, int]] = {}
        for left, (placed, points) in reached.items():
            for taken, gains in choices:
                rest = tuple(have - (at in taken) for at, have in enumerate(left))
                worth = (placed + bool(taken and problem.objective is Objective.MOST_FAMILIES_FIRST), points + gains)
                if min(rest, default=0) >= 0 and worth > further.get(rest, (-1, -1)):
                    further[rest] = worth
        reached = further
    return max(reached.values())


def _choices(problem: Problem, family: Family, order: list[UUID]) -> Iterator[tuple[frozenset[int], int]]:
    pinned = {order.index(one.volunteer) for one in problem.pinned if one.family == family.id}
    score = {
        order.index(one.volunteer): one.score
        for one in problem.pairs
        if one.family == family.id and (one.family, one.volunteer) not in problem.forbidden
    }
    score |= {order.index(one.volunteer): one.score for one in problem.pinned if one.family == family.id}
    for count in range(family.wanted + 1):
        for taken in combinations(sorted(score), count):
            if pinned <= set(taken):
                yield frozenset(taken), sum(score[at] for at in taken) + sum(family.costs()[:count])


def _with(problem: Problem, **other: object) -> Problem:
    kept = {
        "families": problem.families,
        "volunteers": problem.volunteers,
        "pairs": problem.pairs,
        "pinned": problem.pinned,
        "forbidden": problem.forbidden,
        "objective": problem.objective,
    }
    return Problem(**(kept | other))  # type: ignore[arg-type]


def _id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128))


def _score(chance: Random) -> int:
    return chance.choice((*_SCORES, chance.randint(0, 1000)))


def _family(chance: Random) -> Family:
    return Family(
        _id(chance), chance.choice((1, 1, 2, 3)), chance.choice((0, 3, 9, 200)), NeedClass(chance.randint(1, 3))
    )


def _pins(chance: Random, families: list[Family], volunteers: list[Volunteer], pairs: list[Pair]) -> tuple[Pair, ...]:
    """Some eligible pairs, and now and then one that is not."""
    often = chance.choice((0, 0, 0.2))
    pins = [one for one in pairs if chance.random() < often]
    if families and volunteers and chance.random() < 0.1:
        pins.append(Pair(chance.choice(families).id, chance.choice(volunteers).id, 0))
    return tuple(pins)


def _kept(problem: Problem) -> Problem:
    """Without the pins that contradict each other or a change."""
    against = {one.at for one in contradictions(problem)}
    return _with(problem, pinned=tuple(one for at, one in enumerate(problem.pinned) if at not in against))


def _gone(chance: Random, problem: Problem) -> Problem:
    if not problem.volunteers:
        return problem
    gone = chance.choice(problem.volunteers).id
    rest = [one for one in problem.volunteers if one.id != gone]
    pairs = [one for one in problem.pairs if one.volunteer != gone]
    pinned = tuple(one for one in problem.pinned if one.volunteer != gone)
    return _with(problem, volunteers=rest, pairs=pairs, pinned=pinned)


def _came(chance: Random, problem: Problem) -> Problem:
    new = Volunteer(_id(chance), chance.randint(1, 3))
    more = [Pair(one.id, new.id, _score(chance)) for one in problem.families if chance.random() < 0.7]
    return _with(problem, volunteers=[*problem.volunteers, new], pairs=[*problem.pairs, *more])


def _family_gone(chance: Random, problem: Problem) -> Problem:
    if not problem.families:
        return problem
    gone = chance.choice(problem.families).id
    rest = [one for one in problem.families if one.id != gone]
    pairs = [one for one in problem.pairs if one.family != gone]
    return _with(problem, families=rest, pairs=pairs, pinned=tuple(one for one in problem.pinned if one.family != gone))


def _family_came(chance: Random, problem: Problem) -> Problem:
    new = _family(chance)
    more = [Pair(new.id, one.id, _score(chance)) for one in problem.volunteers if chance.random() < 0.7]
    return _with(problem, families=[*problem.families, new], pairs=[*problem.pairs, *more])


def _places(chance: Random, problem: Problem) -> Problem:
    volunteers = [
        Volunteer(one.id, chance.randint(0, 3)) if chance.random() < 0.3 else one for one in problem.volunteers
    ]
    return _kept(_with(problem, volunteers=volunteers))


def _freed(_: Random, problem: Problem) -> Problem:
    return _with(problem, pinned=(), forbidden=frozenset())


def _pinned(chance: Random, problem: Problem) -> Problem:
    if not problem.pairs:
        return problem
    return _kept(_with(problem, pinned=(*problem.pinned, chance.choice(problem.pairs))))
