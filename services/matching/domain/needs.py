"""What a match is weighed on: the family's need and the volunteers, as plain values with a hash of their own."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Need:
    """What the family asked for, and where and how it lives. An empty value means: nothing was asked."""

    outcode: str | None = None
    languages: frozenset[str] = frozenset()
    gender: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    ethnicity: str | None = None
    ethnicity_counts: bool = False
    """Whether the family asked for it or agreed; without that the factor is never looked at."""
    skills: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    knowledge: frozenset[str] = frozenset()
    availability: frozenset[str] = frozenset()
    visits_a_week: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One volunteer as matching sees them on the day. Slots are `mon-morning`."""

    id: UUID
    working: bool
    visits_families: bool
    cleared: bool
    capacity: int
    places_taken: int
    gender: str
    visits_a_week: int = 1
    age: int | None = None
    ethnicity: str | None = None
    outcode: str | None = None
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    knowledge: frozenset[str] = frozenset()
    availability: frozenset[str] = frozenset()
    conflict: bool = False
    known_to_family: bool = False


def input_hash(need: Need, candidates: Sequence[Candidate], version: str) -> str:
    """SHA-256 of everything that the ranking depends on, the same for the same input in any order."""
    ordered = sorted(candidates, key=lambda one: one.id)
    document = {"version": version, "need": asdict(need), "candidates": [asdict(one) for one in ordered]}
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)
