"""Families and volunteers as chance makes them, always the same for the same seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.weights import WHOLE, MatchingPolicy

SLOTS = ["mon-morning", "tue-evening", "wed-afternoon", "sat-afternoon", "sun-evening"]
CODES = ["cooking", "budgeting", "football", "autism"]
OUTCODES = ["SS1", "SS2", "SS9", "E1", "ZZ9", None]
Instance = tuple[Need, list[Candidate], MatchingPolicy, Ties]


def instances(count: int, seed: int = 6) -> Iterator[Instance]:
    """So many, none of more than six volunteers; most of them could be matched."""
    chance = random.Random(seed)
    for _ in range(count):
        crowd = [a_candidate(chance, number) for number in range(chance.randint(0, 6))]
        yield a_need(chance), crowd, a_policy(chance), ties(chance, crowd)


def a_need(chance: random.Random) -> Need:
    return Need(
        outcode=chance.choice(OUTCODES),
        languages=some(chance, ["en", "bn", "so"]),
        gender=chance.choice(["female", "male", None, None]),
        age_from=chance.choice([None, 30]),
        age_to=chance.choice([None, 50]),
        ethnicity=chance.choice(["WBRI", "BAFR", None]),
        ethnicity_counts=chance.random() < 0.5,
        faith=chance.choice(["muslim", "christian", None]),
        faith_counts=chance.random() < 0.5,
        skills=some(chance, CODES),
        interests=some(chance, CODES),
        knowledge=some(chance, CODES),
        availability=some(chance, SLOTS),
        visits_a_week=chance.randint(1, 3),
    )


def a_candidate(chance: random.Random, number: int) -> Candidate:
    capacity = chance.randint(1, 3)
    return Candidate(
        id=UUID(int=chance.getrandbits(64) << 8 | number),
        working=chance.random() < 0.9,
        visits_families=chance.random() < 0.95,
        cleared=chance.random() < 0.95,
        cleared_throughout=chance.random() < 0.95,
        suspended=chance.random() < 0.1,
        on_break=chance.random() < 0.1,
        capacity=capacity,
        places_taken=chance.randint(0, capacity),
        gender=chance.choice(["female", "male", "undisclosed"]),
        visits_a_week=chance.randint(0, 4),
        age=chance.randint(18, 80),
        ethnicity=chance.choice(["WBRI", "BAFR", None]),
        faith=chance.choice(["muslim", "christian", None]),
        outcode=chance.choice(OUTCODES),
        languages=some(chance, ["en", "bn", "so"]),
        skills=some(chance, CODES),
        interests=some(chance, CODES),
        knowledge=some(chance, CODES),
        availability=some(chance, SLOTS),
    )


def a_policy(chance: random.Random) -> MatchingPolicy:
    """Weights from one to what is left, 1,000 together."""
    names = list(MatchingPolicy().weights)
    chance.shuffle(names)
    cuts = sorted(chance.sample(range(1, WHOLE), len(names) - 1))
    weights = [there - here for here, there in zip([0, *cuts], [*cuts, WHOLE], strict=True)]
    return replace(
        MatchingPolicy(),
        weights=dict(zip(names, weights, strict=True)),
        near_metres=chance.choice([0, 0, 1_500]),
        slots_per_visit=chance.choice([1, 1, 2]),
        whole_visits=chance.random() < 0.3,
    )


def ties(chance: random.Random, crowd: Sequence[Candidate]) -> Ties:
    few: list[Any] = [[one.id for one in crowd if chance.random() < 0.08] for _ in range(4)]
    return Ties(*map(frozenset, few))


def some(chance: random.Random, values: Sequence[str]) -> frozenset[str]:
    return frozenset(chance.sample(values, chance.randint(0, len(values))))
