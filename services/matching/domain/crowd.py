"""Many volunteers at once: traits by columns, so that what is looked at of ten thousand stays out of Python."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from operator import attrgetter, sub
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.needs import Candidate
from shared.ids import ID_BYTES, to_bytes

SETS: Final = ("languages", "skills", "interests", "knowledge", "availability")
# As the state of a proposal's day is written: bits of one number.
FLAGS: Final = ("working", "visits_families", "cleared", "cleared_throughout", "suspended", "on_break")
_CLEARED: Final = 1 << FLAGS.index("cleared")
_THROUGHOUT: Final = 1 << FLAGS.index("cleared_throughout")


# So many bits a number of the arrays has for codes; who knows more codes is looked at one by one.
_BITS: Final = 63
# Numbers that lie further apart than this are told apart by a search.
_WIDE: Final = 65_536
Numbers = NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Coded(Sequence[Any]):
    """A trait of each of a crowd: the number of its value, and the values, none of which stands there twice."""

    numbers: Numbers
    values: Sequence[Any]

    @classmethod
    def of(cls, column: Sequence[Any]) -> "Coded":
        """Of any values."""
        known = {value: number for number, value in enumerate(dict.fromkeys(column))}
        return cls(np.fromiter(map(known.__getitem__, column), np.int64, len(column)), list(known))

    @classmethod
    def alike(cls, traits: Sequence["Coded"]) -> "Coded":
        """Whoever has all of these in common; the values are places, of one of them each."""
        size, together = 1, np.zeros(len(traits[0]), np.int64)
        for one in traits:
            size, together = size * len(one.values), together * len(one.values) + one.numbers
        if size > _WIDE:
            numbers, together = np.unique(together, return_inverse=True)
            size = len(numbers)
        first = _first(together, size)
        kinds = np.flatnonzero(first >= 0)
        place = np.empty(size, np.int64)
        place[kinds] = np.arange(len(kinds))
        return cls(place[together], first[kinds].tolist())

    @classmethod
    def of_numbers(cls, found: Numbers) -> "Coded":
        """Of numbers; the values are all from the least to the largest."""
        if not len(found):
            return cls(found, ())
        least, most = int(found.min()), int(found.max())
        if most - least > _WIDE:
            values, numbers = np.unique(found, return_inverse=True)
            return cls(numbers, values.tolist())
        return cls(found - least, range(least, most + 1))

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, at: Any) -> Any:
        return self.values[self.numbers[at]]

    def __iter__(self) -> Iterator[Any]:
        return map(self.values.__getitem__, self.numbers.tolist())

    def at(self, places: Numbers) -> "Coded":
        """The same of those in these places, in that order."""
        return Coded(self.numbers[places], self.values)

    def firsts(self) -> list[tuple[int, int]]:
        """(where a value comes first, its number) of each value that there is."""
        first = _first(self.numbers, len(self.values)).tolist()
        return [(row, number) for number, row in enumerate(first) if row >= 0]


def _first(numbers: Numbers, count: int) -> Numbers:
    """Where each of so many numbers comes first, -1 where it does not come."""
    found = np.full(count, -1, np.int64)
    # Backwards, so that of several places the first is what stays.
    found[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return found


class Crowd(Protocol):
    """Volunteers, and how their traits are read for all of them at once."""

    def __len__(self) -> int: ...

    def read(self, trait: str) -> Iterable[Any]:
        """That trait of each, in their order."""
        ...

    def in_common(self, trait: str, wanted: frozenset[str]) -> Iterable[int]:
        """How many of the wanted codes each has."""
        ...

    def places_left(self) -> Iterable[int]:
        """How many more families each can have."""
        ...

    def among(self, some: frozenset[UUID]) -> Iterable[bool]:
        """Whether each is one of these."""
        ...


@dataclass(frozen=True, slots=True)
class Few:
    """Candidates as they are."""

    people: Sequence[Candidate]

    def __len__(self) -> int:
        return len(self.people)

    def read(self, trait: str) -> Iterable[Any]:
        return map(attrgetter(trait), self.people)

    def in_common(self, trait: str, wanted: frozenset[str]) -> Iterable[int]:
        return map(len, map(wanted.__and__, self.read(trait)))

    def places_left(self) -> Iterable[int]:
        return map(sub, self.read("capacity"), self.read("places_taken"))

    def among(self, some: frozenset[UUID]) -> Iterable[bool]:
        return map(some.__contains__, self.read("id"))


class Codes(dict[str, int]):
    """A bit for each code of one kind; a code that is new gets the next."""

    def __missing__(self, code: str) -> int:
        bit = self[code] = 1 << len(self)
        return bit

    def mask(self, codes: Iterable[str]) -> int:
        """Those codes as one number."""
        return sum(self[code] for code in set(codes))


@dataclass(frozen=True, slots=True)
class Columns:
    """A list for each trait, in the order of ids. Sets of codes are numbers, a bit for each code.

    Columns are never changed once they are here: whoever brings them up to date makes others. So what was made of one
    for arithmetic is kept beside it; not where it is `passing`, of one proposal only.
    """

    of: Mapping[str, Any]
    codes: Mapping[str, Codes]
    passing: frozenset[str] = frozenset()
    _made: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.of["id"])

    def read(self, trait: str) -> Coded:
        return self._once("values", trait, lambda column: column if isinstance(column, Coded) else Coded.of(column))

    def numbers(self, trait: str) -> Numbers:
        """A trait that is a number."""
        return self._once("numbers", trait, lambda column: np.asarray(column, np.int64))

    def ids(self) -> NDArray[np.uint8]:
        """The bytes of each one's id."""
        return self._once("bytes", "id", _bytes_of)

    def in_common(self, trait: str, wanted: frozenset[str]) -> Coded:
        known = self.codes[trait]
        mask = sum(known[code] for code in wanted if code in known)
        if len(known) > _BITS:
            each = map(int.bit_count, map(mask.__and__, self.of[trait]))
            return Coded(np.fromiter(each, np.int64, len(self)), range(len(wanted) + 1))
        return Coded(np.bitwise_count(self.numbers(trait) & mask).astype(np.int64), range(len(wanted) + 1))

    def has_any(self, trait: str) -> NDArray[np.bool_]:
        """Whether each has any of those codes."""
        return self._once("any", trait, lambda column: np.fromiter(map(bool, column), np.bool_, len(column)))

    def places_left(self) -> Coded:
        return Coded.of_numbers(self.numbers("capacity") - self.numbers("places_taken"))

    def among(self, some: frozenset[UUID]) -> Coded:
        found = np.zeros(len(self), np.int64)
        found[[at for at in map(self.find, some) if at is not None]] = 1
        return Coded(found, (False, True))

    def _once(self, kind: str, trait: str, make: Callable[[Sequence[Any]], T]) -> T:
        if trait in self.passing:
            return make(self.of[trait])
        found: T | None = self._made.get((kind, trait))
        if found is None:
            found = self._made[kind, trait] = make(self.of[trait])
        return found

    def having(self, trait: str, wanted: frozenset[str], at: int) -> frozenset[str]:
        """Which of the wanted codes that one has."""
        known, mask = self.codes[trait], self.of[trait][at]
        return frozenset(code for code in wanted if known.get(code, 0) & mask)

    def telling(self, **more: Sequence[Any] | Numbers) -> "Columns":
        """The same with these columns beside the others, or in place of them, for one proposal."""
        return Columns({**self.of, **more}, self.codes, self.passing | more.keys(), self._made)

    def changed(self, more: Mapping[str, list[Any]], without: Collection[int]) -> "Columns":
        """The same without those in these places, and with these: a column for each of ours. What does not differ is
        shared, so that little of it is new to whoever looks for garbage.
        """
        rows = {one: row for row, one in enumerate(more.get("id", ()))}
        # Mostly it is one who is there as before, with something else.
        stay = {at: row for at in without if (row := rows.pop(self.of["id"][at], None)) is not None}
        columns = {name: self._with(name, more, stay) for name in self.of}
        gone = set(without) - stay.keys()
        if gone or rows:
            columns = {name: list(column) for name, column in columns.items()}
        for at in sorted(gone, reverse=True):
            for column in columns.values():
                del column[at]
        for one, row in rows.items():
            at = bisect_left(columns["id"], one)
            for name, column in columns.items():
                column.insert(at, more[name][row])
        made = {key: one for key, one in self._made.items() if columns[key[1]] is self.of[key[1]]}
        return Columns(columns, self.codes, _made=made)

    def _with(self, name: str, more: Mapping[str, list[Any]], stay: Mapping[int, int]) -> Any:
        """That column with what is new of those who stay. Never shared is one that is filled in as things are opened:
        whoever still ranks the former crowd opens what has changed since.
        """
        column = self.of[name]
        if not stay or (sealed(name) not in self.of and all(column[at] == more[name][row] for at, row in stay.items())):
            return column
        column = list(column)
        for at, row in stay.items():
            column[at] = more[name][row]
        return column

    def on(self, day: date, until: date) -> "Columns":
        """With `flags`: what each one's standing is on the day, and whether their clearance lasts until then."""
        expires = self.read("expires")
        cleared = [(day < end) * _CLEARED | (until < end) * _THROUGHOUT if end else 0 for end in expires.values]
        return self.telling(flags=self.numbers("standing") | np.array(cleared, np.int64)[expires.numbers])

    def find(self, volunteer: UUID) -> int | None:
        """Where that one is."""
        ids = self.of["id"]
        at = bisect_left(ids, volunteer)
        return at if at < len(ids) and ids[at] == volunteer else None


def _bytes_of(ids: Sequence[UUID]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(map(to_bytes, ids)), np.uint8).reshape(-1, ID_BYTES)


def sealed(name: str) -> str:
    """The column of what that one was opened from."""
    return f"sealed {name}"


def flags_of(bits: int) -> dict[str, Any]:
    """The flags of a number, by name."""
    return {name: bool(bits >> bit & 1) for bit, name in enumerate(FLAGS)}


def constant(value: Any, crowd: Crowd) -> Iterable[Any]:
    """The same for everybody."""
    return repeat(value, len(crowd))
