"""What a plan is computed from and what is told of it, as plain values that go to another process."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson

from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.planning.pairing import Waiting
from services.matching.domain.planning.problem import Pair
from services.matching.domain.planning.reasons import Reason

Plain = dict[str, Any]


def need_of(plain: Mapping[str, Any]) -> Need:
    return Need(**{name: _value(value) for name, value in plain.items()})


def candidate_of(plain: Mapping[str, Any]) -> Candidate:
    return Candidate(**{name: _value(value) for name, value in plain.items()} | {"id": UUID(plain["id"])})


def waiting_of(plain: Mapping[str, Any]) -> Waiting:
    ties = Ties(**{name: frozenset(map(UUID, ids)) for name, ids in plain["ties"].items()})
    return Waiting(UUID(plain["id"]), need_of(plain["need"]), plain["wanted"], plain["weeks"], ties)


def pairs_of(plain: Sequence[Sequence[str]]) -> list[tuple[UUID, UUID]]:
    return [(UUID(family), UUID(volunteer)) for family, volunteer in plain]


def pins_of(plain: Sequence[Mapping[str, Any]]) -> list[Pair]:
    """Pinned pairs with their scores."""
    return [Pair(UUID(one["family"]), UUID(one["volunteer"]), one["score"]) for one in plain]


def _value(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def mark(one: Plain) -> int:
    """Stands for all that is told of a chosen pair."""
    written = orjson.dumps([one[name] for name in ("family", "volunteer", "score", "place", "of", "passed_over")])
    return int.from_bytes(hashlib.blake2b(written, digest_size=8).digest())


def shown(one: Any) -> Plain:
    """A lack or a recruiting line."""
    return {name: _shown(value) for name, value in asdict(one).items()}


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_shown(part) for part in value]
    return str(value) if isinstance(value, UUID) else value


def told(reason: Reason) -> Plain:
    """A reason, as it is told of a pair that nobody pinned; by hand, since there are thousands."""
    return {
        "family": str(reason.family),
        "volunteer": str(reason.volunteer),
        "score": reason.score,
        "place": reason.place,
        "of": reason.of,
        "passed_over": [
            {
                "volunteer": str(one.volunteer),
                "score": one.score,
                "why": one.why,
                "points": one.points,
                "exact": one.exact,
            }
            for one in reason.passed_over
        ],
        "pinned": False,
    }


def pinned(one: Pair) -> Plain:
    return {"family": str(one.family), "volunteer": str(one.volunteer), "score": one.score, "pinned": True}


def key(one: Mapping[str, Any]) -> tuple[str, str]:
    return one["family"], one["volunteer"]
