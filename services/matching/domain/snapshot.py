"""What a proposal was made of and what came of it, as canonical JSON: the same values are the same bytes.

Of each volunteer only the state of that day is here, with the number of their own sealed inputs; who they are says the
proposal itself. Candidates are in the order of their ids, the ranked in their places.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.scoring import Contribution, NearMiss, Ranked, Weighed
from services.matching.domain.weights import MatchingPolicy

_FLAGS = ("working", "visits_families", "cleared", "cleared_throughout", "suspended", "on_break")
_NUMBERS = ("capacity", "places_taken", "visits_a_week")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a proposal depends on but the volunteers' own inputs, of which it has the numbers."""

    day: date
    until: date
    need: Need
    policy: MatchingPolicy
    ties: Ties
    numbers: list[int]
    states: list[list[int]]


def state_of(one: Candidate) -> list[int]:
    """The state of a volunteer on the day: flags as bits, in the order of `_FLAGS`, then numbers."""
    flags = one.working | one.visits_families << 1 | one.cleared << 2 | one.cleared_throughout << 3
    return [flags | one.suspended << 4 | one.on_break << 5, one.capacity, one.places_taken, one.visits_a_week]


def candidate_of(volunteer: UUID, state: Sequence[int], **own: Any) -> Candidate:
    """The same volunteer again, from their state of that day and their own inputs."""
    flags: dict[str, Any] = {name: bool(state[0] >> bit & 1) for bit, name in enumerate(_FLAGS)}
    flags |= zip(_NUMBERS, state[1:], strict=True)
    return Candidate(id=volunteer, **flags, **own)


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
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


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
    """What came of it. Contributions that many share, and reasons, are written once and pointed at."""
    parts: dict[int, int] = {}
    written: list[Contribution] = []
    reasons: dict[tuple[str, ...], int] = {}
    places, excluded = [], []
    for one in weighed.ranked:
        if one.excluded_by:
            excluded.append(reasons.setdefault(one.excluded_by, len(reasons)))
            continue
        for part in one.contributions:
            if id(part) not in parts:
                parts[id(part)] = len(written)
                written.append(part)
        places.append([parts[id(part)] for part in one.contributions])
    document = {
        "parts": [[part.factor, part.weight, part.points, part.why] for part in written],
        "ranked": places,
        "reasons": list(reasons),
        "excluded": excluded,
        "near": [[one.volunteer, one.score, one.excluded_by, one.missing] for one in weighed.near_misses],
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def read_result(document: dict[str, Any], ranked: Sequence[UUID], excluded: Sequence[UUID]) -> Weighed:
    """What came of it, of these volunteers in their places."""
    parts = [Contribution(*part) for part in document["parts"]]
    reasons = [tuple(codes) for codes in document["reasons"]]
    found = []
    for volunteer, place in zip(ranked, document["ranked"], strict=True):
        mine = tuple(parts[number] for number in place)
        found.append(Ranked(volunteer, sum(part.points for part in mine), mine))
    for volunteer, number in zip(excluded, document["excluded"], strict=True):
        found.append(Ranked(volunteer, 0, (), reasons[number]))
    near = [
        NearMiss(UUID(one), score, tuple(codes), tuple(tuple(each) for each in missing))
        for one, score, codes, missing in document["near"]
    ]
    return Weighed(found, near)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}
