"""Many volunteers at once: traits by columns, so that what is looked at of ten thousand stays out of Python."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from operator import attrgetter, or_
from typing import Any, Final, Protocol
from uuid import UUID

from services.matching.domain.needs import Candidate

SETS: Final = ("languages", "skills", "interests", "knowledge", "availability")
# As the state of a proposal's day is written: bits of one number.
FLAGS: Final = ("working", "visits_families", "cleared", "cleared_throughout", "suspended", "on_break")
_CLEARED: Final = 1 << FLAGS.index("cleared")
_THROUGHOUT: Final = 1 << FLAGS.index("cleared_throughout")


class Crowd(Protocol):
    """Volunteers, and how their traits are read for all of them at once."""

    def __len__(self) -> int: ...

    def read(self, trait: str) -> Iterable[Any]:
        """That trait of each, in their order."""
        ...

    def in_common(self, trait: str, wanted: frozenset[str]) -> Iterable[int]:
        """How many of the wanted codes each has."""
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

    Columns are never changed once they are here: whoever brings them up to date makes others.
    """

    of: Mapping[str, list[Any]]
    codes: Mapping[str, Codes]

    def __len__(self) -> int:
        return len(self.of["id"])

    def read(self, trait: str) -> Iterable[Any]:
        return self.of[trait]

    def in_common(self, trait: str, wanted: frozenset[str]) -> Iterable[int]:
        known = self.codes[trait]
        mask = sum(known[code] for code in wanted if code in known)
        return map(int.bit_count, map(mask.__and__, self.of[trait]))

    def having(self, trait: str, wanted: frozenset[str], at: int) -> frozenset[str]:
        """Which of the wanted codes that one has."""
        known, mask = self.codes[trait], self.of[trait][at]
        return frozenset(code for code in wanted if known.get(code, 0) & mask)

    def telling(self, **more: list[Any]) -> "Columns":
        """The same with these columns beside the others, or in place of them."""
        return Columns({**self.of, **more}, self.codes)

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
        return Columns(columns, self.codes)

    def _with(self, name: str, more: Mapping[str, list[Any]], stay: Mapping[int, int]) -> list[Any]:
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
        cleared = {
            expires: (day < expires) * _CLEARED | (until < expires) * _THROUGHOUT if expires else 0
            for expires in set(self.of["expires"])
        }
        return self.telling(flags=list(map(or_, self.of["standing"], map(cleared.__getitem__, self.of["expires"]))))

    def find(self, volunteer: UUID) -> int | None:
        """Where that one is."""
        ids = self.of["id"]
        at = bisect_left(ids, volunteer)
        return at if at < len(ids) and ids[at] == volunteer else None


def sealed(name: str) -> str:
    """The column of what that one was opened from."""
    return f"sealed {name}"


def flags_of(bits: int) -> dict[str, Any]:
    """The flags of a number, by name."""
    return {name: bool(bits >> bit & 1) for bit, name in enumerate(FLAGS)}


def constant(value: Any, crowd: Crowd) -> Iterable[Any]:
    """The same for everybody."""
    return repeat(value, len(crowd))
