"""How a sheet is kept until it is taken over: its sessions and words once, and of each row only their numbers.

A word that a hundred thousand rows have is written, sealed and looked up once. Numbers are given in the order in which
the words come, from 1 on; 0 is what was not said.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson

from services.training.domain import same
from services.training.sheets.rows import MAX_GROUPS, MAX_LABELS, MAX_SESSIONS, Column, Refused, Row, Wrong

BEGINS: Final = '{"sessions":'
# How many different words a column may have. In the first two people say in their own words who they are.
WORDS: Final = {
    Column.ETHNICITY: MAX_LABELS,
    Column.GENDER: MAX_LABELS,
    Column.ORGANISATION: MAX_GROUPS,
    Column.LANGUAGE: MAX_GROUPS,
    Column.OUTCODE: MAX_GROUPS,
}


@dataclass(frozen=True, slots=True)
class SheetSession:
    """A day and a title that rows have, how many they are, and the first one's number in the sheet."""

    day: date
    title: str
    rows: int
    first: int


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows, each column as numbers between commas, as they are handed on to the database.

    `rows` are their numbers in the sheet, `sessions` and `words` what they say; `names` has only those who gave one, by
    their place among these rows.
    """

    count: int
    rows: str
    sessions: str
    words: dict[Column, str]
    names: list[tuple[int, str]]

    @classmethod
    def of(cls, text: str) -> "Part":
        found = orjson.loads(text)
        words = {column: found[column.value] for column in WORDS}
        return cls(found["count"], found["row"], found["session"], words, [(at, name) for at, name in found["name"]])

    @classmethod
    def joined(cls, parts: "Sequence[Part]") -> "Part":
        """Several as one, in their order."""
        names, before = list[tuple[int, str]](), 0
        for one in parts:
            names += [(before + at, name) for at, name in one.names]
            before += one.count
        words = {column: ",".join(one.words[column] for one in parts) for column in WORDS}
        rows, sessions = (",".join(some) for some in ((one.rows for one in parts), (one.sessions for one in parts)))
        return cls(before, rows, sessions, words, names)


def numbers_of(column: str) -> list[int]:
    """A part's column, for whoever looks into it."""
    return [int(one) for one in column.split(",")]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sheet says beside its rows, in the order of the numbers: sessions, and each column's words with rows."""

    sessions: list[SheetSession]
    words: dict[Column, dict[str, int]]

    @classmethod
    def of(cls, text: str) -> "Summary":
        found = orjson.loads(text)
        sessions = [SheetSession(date.fromisoformat(day), *rest) for day, *rest in found["sessions"]]
        return cls(sessions, {column: found[column.value] for column in WORDS})


class _Numbers(dict[Any, int]):
    """Numbers words as they come."""

    def __init__(self) -> None:
        super().__init__({None: 0})

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class _Sessions(dict[tuple[date, str], int]):
    """Numbers sessions as they come; a title in other capitals is the same one."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: dict[tuple[date, str], tuple[int, str]] = {}

    def __missing__(self, session: tuple[date, str]) -> int:
        day, title = session
        number, _ = self.listed.setdefault((day, same(title)), (len(self.listed) + 1, title))
        self[session] = number
        return number


@dataclass(slots=True)
class Keeping:
    """What has been met while the rows pass."""

    sessions: _Sessions = field(default_factory=_Sessions)
    words: dict[Column, _Numbers] = field(default_factory=lambda: {column: _Numbers() for column in WORDS})
    attended: Counter[int] = field(default_factory=Counter)
    said: dict[Column, Counter[int]] = field(default_factory=lambda: {column: Counter() for column in WORDS})
    firsts: dict[int, int] = field(default_factory=dict)

    def part(self, rows: Sequence[Row]) -> str:
        """The rows as they are kept; `Refused` where the sheet has too many different words or sessions."""
        by_column: dict[str, Sequence[Any]] = dict(zip(Row._fields, zip(*rows, strict=True), strict=True))
        numbers = by_column["number"]
        sessions = self._sessions(numbers, zip(by_column["session_date"], by_column["session_title"], strict=True))
        document: dict[str, Any] = {
            "count": len(rows),
            "row": _joined(numbers),
            "session": _joined(sessions),
            "name": [(at, name) for at, name in enumerate(by_column["name"]) if name is not None],
        }
        for column, most in WORDS.items():
            known = self.words[column]
            said = list(map(known.__getitem__, by_column[column.value]))
            if len(known) > most + 1:
                raise Refused(Wrong.TOO_MANY_LABELS)
            self.said[column].update(said)
            document[column.value] = _joined(said)
        return orjson.dumps(document).decode()

    def _sessions(self, numbers: Sequence[int], said: Any) -> list[int]:
        known = self.sessions
        before = len(known.listed)
        found = list(map(known.__getitem__, said))
        if len(known.listed) > MAX_SESSIONS:
            raise Refused(Wrong.TOO_MANY_SESSIONS)
        if len(known.listed) > before:
            for session, number in zip(found, numbers, strict=True):
                self.firsts.setdefault(session, number)
        self.attended.update(found)
        return found

    def summary(self) -> str:
        """The other half, once all rows have passed."""
        document: dict[str, Any] = {
            "sessions": [
                (day.isoformat(), title, self.attended[number], self.firsts[number])
                for (day, _), (number, title) in self.sessions.listed.items()
            ]
        }
        for column, known in self.words.items():
            document[column.value] = {word: self.said[column][number] for word, number in known.items() if number}
        return orjson.dumps(document).decode()


def _joined(numbers: Sequence[int]) -> str:
    return orjson.dumps(numbers)[1:-1].decode()
