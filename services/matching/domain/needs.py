"""What a match is weighed on: the family's need, volunteers and the ties between them, as plain values with a hash."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson


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
    faith: str | None = None
    faith_counts: bool = False
    """The same for faith."""
    skills: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    knowledge: frozenset[str] = frozenset()
    availability: frozenset[str] = frozenset()
    visits_a_week: int = 1

    @property
    def asks_for_age(self) -> bool:
        """Whether a volunteer's age is looked at at all."""
        return self.age_from is not None or self.age_to is not None


# Not frozen: ten thousand are made for one proposal, and a frozen one takes four times as long. Never change one, but
# for what was sealed and is opened.
@dataclass(slots=True)
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
    """Visits a week that are not promised to other families."""
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
    faith: str | None = None
    suspended: bool = False
    on_break: bool = False
    cleared_throughout: bool = True
    """Whether the clearance is current until the planned end."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What stands between one family and single volunteers, by their ids."""

    conflict: frozenset[UUID] = frozenset()
    known: frozenset[UUID] = frozenset()
    refused: frozenset[UUID] = frozenset()
    had: frozenset[UUID] = frozenset()
    """Who was with the family before and could well be again."""


NO_TIES = Ties()


def input_hash(need: Need, candidates: Sequence[Candidate], version: str, ties: Ties = NO_TIES) -> str:
    """SHA-256 of everything that the ranking depends on, the same for the same input in any order."""
    kept: dict[frozenset[str], list[str]] = {}
    ordered = sorted(candidates, key=_BY_ID)
    document = [version, _plain(asdict(need)), _plain(asdict(ties)), [_row(one, kept) for one in ordered]]
    return hashlib.sha256(orjson.dumps(document)).hexdigest()


def _row(one: Candidate, kept: dict[frozenset[str], list[str]]) -> list[Any]:
    row = list(_SINGLE(one))
    for values in _SETS(one):
        found = kept.get(values)
        if found is None:
            found = kept[values] = sorted(values)
        row.append(found)
    return row


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in sorted(values.items())}


_BY_ID = attrgetter("id")
_OF_SETS = ("languages", "skills", "interests", "knowledge", "availability")
_SETS = attrgetter(*_OF_SETS)
_SINGLE = attrgetter(*(one.name for one in fields(Candidate) if one.name not in _OF_SETS))
