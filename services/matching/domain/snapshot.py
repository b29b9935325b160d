"""What a proposal was made of and what came of it, as canonical JSON: the same values are the same bytes.

Of each volunteer only the state of that day is here, with the number of their own sealed inputs; who they are says the
proposal itself. Candidates are in the order of their ids, the ranked in their places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
import orjson

from services.matching.domain.crowd import Coded, Columns, Numbers, flags_of
from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.placing import Placed
from services.matching.domain.scoring import Brought, Contribution, NearMiss, Ranked, Weighed
from services.matching.domain.weights import MatchingPolicy

_NUMBERS: Final = ("capacity", "places_taken", "visits_a_week")
_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a proposal depends on but the volunteers' own inputs, of which it has the numbers."""

    day: date
    until: date
    need: Need
    policy: MatchingPolicy
    ties: Ties
    numbers: list[int] | Numbers
    states: Sequence[Sequence[int]] | Numbers


def states_of(crowd: Columns) -> Numbers:
    """The state of each volunteer on the day, a row of four each: flags as bits, then numbers."""
    return _rows([crowd.numbers(name) for name in ("flags", *_NUMBERS)], len(crowd))


def candidate_of(volunteer: UUID, state: Sequence[int], **own: Any) -> Candidate:
    """The same volunteer again, from their state of that day and their own inputs."""
    numbers: dict[str, Any] = dict(zip(_NUMBERS, state[1:], strict=True))
    return Candidate(id=volunteer, **flags_of(state[0]), **numbers, **own)


def write(snapshot: Snapshot) -> str:
    """As it is kept."""
    document = {
        "day": snapshot.day,
        "until": snapshot.until,
        "need": _plain(asdict(snapshot.need)),
        "policy": asdict(snapshot.policy),
        "ties": _plain(asdict(snapshot.ties)),
        "numbers": snapshot.numbers,
        "states": snapshot.states,
    }
    return orjson.dumps(document, option=_CANONICAL).decode()


def read(kept: str) -> Snapshot:
    """As it was."""
    document = orjson.loads(kept)
    need: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, list) else value for name, value in document["need"].items()
    }
    ties = {name: frozenset(map(UUID, ids)) for name, ids in document["ties"].items()}
    return Snapshot(
        day=date.fromisoformat(document["day"]),
        until=date.fromisoformat(document["until"]),
        need=Need(**need),
        policy=MatchingPolicy(**document["policy"]),
        ties=Ties(**ties),
        numbers=document["numbers"],
        states=document["states"],
    )


def write_result(weighed: Weighed) -> str:
    """What came of it, of those who were weighed one by one."""
    parts = zip(*(one.contributions for one in weighed.ranked if not one.excluded_by), strict=True)
    columns = [Brought(Coded.of(list(map(id, column))), {id(one): one for one in column}) for column in parts]
    excluded = Coded.of([one.excluded_by for one in weighed.ranked if one.excluded_by])
    return _written(len(weighed.ranked) - len(excluded), columns, excluded, weighed.near_misses)


def write_placed(placed: Placed) -> str:
    """What came of it, of a crowd."""
    return _written(len(placed.ranked), placed.brought, placed.reasons, placed.near_misses)


def _written(count: int, columns: Sequence[Brought], excluded: Coded, near: Iterable[NearMiss]) -> str:
    """Contributions that many share, and reasons, are written once, in the order in which they come, and pointed at."""
    traits = [_alike(count) if column.traits is None else column.traits for column in columns]
    comes = sorted((row, at, value) for at, column in enumerate(traits) for row, value in column.firsts())
    numbers = [np.zeros(len(column.values), np.int64) for column in traits]
    for number, (_, at, value) in enumerate(comes):
        numbers[at][value] = number
    reasons = sorted(excluded.firsts())
    told = np.zeros(len(excluded.values), np.int64)
    told[[value for _, value in reasons]] = np.arange(len(reasons))
    document = {
        "parts": [list(columns[at].brings[traits[at].values[value]]) for _, at, value in comes],
        "ranked": _rows([own[column.numbers] for own, column in zip(numbers, traits, strict=True)], count),
        "reasons": [excluded.values[value] for _, value in reasons],
        "excluded": told[excluded.numbers],
        "near": [[one.volunteer, one.score, one.excluded_by, one.missing] for one in near],
    }
    return orjson.dumps(document, option=_CANONICAL).decode()


def _alike(count: int) -> Coded:
    """So many of whom nothing was looked at."""
    return Coded(np.zeros(count, np.int64), (None,))


def _rows(columns: Sequence[Numbers], count: int) -> Numbers:
    """A row for each of so many."""
    found = np.empty((count, len(columns)), np.int64)
    for at, column in enumerate(columns):
        found[:, at] = column
    return found


def read_some(
    document: dict[str, Any], ranked: Sequence[UUID], excluded: Sequence[UUID], numbers: Iterable[int]
) -> list[Ranked]:
    """What came of it for those with these numbers, from 1 on: the ranked in their places, then the excluded."""
    found = []
    for number in numbers:
        if number <= len(ranked):
            mine = tuple(Contribution(*document["parts"][part]) for part in document["ranked"][number - 1])
            found.append(Ranked(ranked[number - 1], sum(part.points for part in mine), mine))
        else:
            at = number - 1 - len(ranked)
            found.append(Ranked(excluded[at], 0, (), tuple(document["reasons"][document["excluded"][at]])))
    return found


def read_near(document: dict[str, Any]) -> list[NearMiss]:
    """The best of the excluded."""
    return [
        NearMiss(UUID(one), score, tuple(codes), tuple(tuple(each) for each in missing))
        for one, score, codes, missing in document["near"]
    ]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}
