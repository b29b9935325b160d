"""Puts what was counted into rows and columns, with the words that are shown for each."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import CENSUS, GenderCode, LabelKind
from services.training.domain.attending import SMALLEST
from services.training.domain.labels import same
from services.training.domain.reports import BY_CODE, KIND, OF_SESSIONS, Dimension, Key, Table, months, table
from services.training.domain.sums import NONE
from services.training.models import Label, Round, TrainingSession
from services.training.repository import labels as label_rows
from services.training.repository import reports as repository
from services.training.service import reports
from services.training.service.labels import open_labels
from services.training.service.reports import Asked, Fact
from shared.calendar import civil_date
from shared.crypto import Vault
from shared.errors import Conflict

LINES_AT_MOST: Final = 2_000
NOT_SAID: Final = Key(True, "", "none", "Not said")
_UNCODED: Final = Key(True, "", "uncoded", "No code yet")
_CODES: Final = {one.code: one.label for one in CENSUS.groups} | {
    GenderCode.FEMALE: "Female",
    GenderCode.MALE: "Male",
    GenderCode.ANOTHER: "Another gender",
    GenderCode.PREFER_NOT_TO_SAY: "Prefer not to say",
}
Place = tuple[Key, Key | None]


@dataclass(slots=True)
class Words:
    """What labels, sessions and rounds are called."""

    own: bool
    labels: dict[UUID, Label] = field(default_factory=dict)
    words: dict[UUID, str] = field(default_factory=dict)
    sessions: dict[UUID, TrainingSession] = field(default_factory=dict)
    rounds: dict[UUID, Round] = field(default_factory=dict)

    @classmethod
    async def of(cls, session: AsyncSession, vault: Vault, asked: Asked, facts: Sequence[Fact]) -> "Words":
        """Of everything that was counted; only what is shown in somebody's own words is opened."""
        here = cls(asked.organisation is not None)
        rows = await label_rows.list_these(
            session, _labels(facts, [KIND[one] for one in asked.dimensions if one in KIND])
        )
        here.labels = {row.id: row for row in rows}
        spoken = {KIND[one] for one in asked.dimensions if one in KIND and one not in BY_CODE}
        here.words = await open_labels(vault, [row for row in rows if row.kind in spoken])
        if not OF_SESSIONS.isdisjoint(asked.dimensions):
            held = {one.session for one in facts if one.session is not None}
            here.sessions = {row.id: row for row in await repository.list_sessions(session, held)}
            rounds = {row.round_id for row in here.sessions.values() if row.round_id is not None}
            known = await repository.list_rounds(session, rounds)
            here.rounds = {row.id: row for row in known}
        return here


def _labels(facts: Iterable[Fact], kinds: Sequence[LabelKind]) -> set[UUID]:
    return {one.labels[kind] for one in facts for kind in kinds} - {NONE}


async def build(session: AsyncSession, vault: Vault, asked: Asked, facts: Sequence[Fact]) -> Table:
    """The table; with what has to be withheld left out."""
    words = await Words.of(session, vault, asked, facts)
    counts: Counter[Place] = Counter()
    held: dict[Place, set[UUID | None]] = defaultdict(set)
    for place in _empty_months(asked):
        counts[place] += 0
    for one in facts:
        for place in _places(asked, words, one):
            counts[place] += one.n
            held[place].add(one.session)
    _require_lines(counts)
    risky, total = await _risky(session, asked, facts, held), sum(one.n for one in facts)
    # Of one ethnicity at one session even the total is such a count.
    if LabelKind.ETHNICITY in asked.labels and 0 < total < SMALLEST and set(held) <= risky:
        raise Conflict("So few of one ethnicity at one session are not counted out.", name="report-withheld")
    return table(counts, total, risky)


def _places(asked: Asked, words: Words, one: Fact) -> list[Place]:
    rows, across = _KEYS[asked.query.by](words, one), asked.query.across
    columns: Sequence[Key | None] = [None] if across is None else _KEYS[across](words, one)
    return [(row, column) for row in rows for column in columns]


def _empty_months(asked: Asked) -> list[Place]:
    """A month without anybody is a row as well."""
    if asked.query.by is not Dimension.MONTH or asked.query.across is not None:
        return []
    return [(_month_key(begin.isoformat()), None) for begin, _ in months(*asked.days)]


def _require_lines(counts: Counter[Place]) -> None:
    if max(len({row for row, _ in counts}), len({column for _, column in counts})) > LINES_AT_MOST:
        raise Conflict(
            f"A table has at most {LINES_AT_MOST:,} rows and as many columns.",
            name="report-too-long",
            title="Ask for a shorter period, or for fewer dimensions and filters",
        )


async def _risky(
    session: AsyncSession, asked: Asked, facts: Sequence[Fact], held: dict[Place, set[UUID | None]]
) -> set[Place]:
    """The counts of one ethnicity at one session to which people came anonymously, however they were asked for."""
    if LabelKind.ETHNICITY not in asked.kinds:
        return set()
    said = {place for place in held if not _is_unsaid(asked, place)}
    if asked.sessions:
        among: dict[tuple[Key, ...], set[UUID | None]] = defaultdict(set)
        for place, some in held.items():
            among[_scope(asked, place)] |= some if _scope(asked, place) else set(asked.sessions)
        return {one for one in said if len(some := among[_scope(asked, one)]) == 1 and some <= asked.anonymous}
    lonely = {_month_key(one.isoformat()).key for one in await reports.lonely(session, asked, facts)}
    if Dimension.MONTH in asked.dimensions:
        return {(row, column) for row, column in said if row.key in lonely or (column and column.key in lonely)}
    return said if lonely else set()


def _scope(asked: Asked, place: Place) -> tuple[Key, ...]:
    """What of a row and a column says at which sessions it was."""
    return tuple(
        key
        for dimension, key in zip(asked.dimensions, place, strict=False)
        if key is not None and (dimension in OF_SESSIONS or dimension is Dimension.MONTH)
    )


def _is_unsaid(asked: Asked, place: Place) -> bool:
    """Those who did not say what their ethnicity is are no ethnicity."""
    return any(
        key == NOT_SAID and KIND.get(dimension) is LabelKind.ETHNICITY
        for dimension, key in zip(asked.dimensions, place, strict=False)
    )


def _by_words(kind: LabelKind) -> Callable[[Words, Fact], list[Key]]:
    def keys(words: Words, one: Fact) -> list[Key]:
        if one.labels[kind] == NONE:
            return [NOT_SAID]
        label = words.labels.get(one.labels[kind])
        if label is None or label.id not in words.words:
            return [Key(True, "", "erased", "Erased")]
        said = words.words[label.id]
        # The same words in two organisations are one row of their partnership.
        return [Key(False, same(said), str(label.id) if words.own else same(said), said, label.code)]

    return keys


def _by_code(kind: LabelKind) -> Callable[[Words, Fact], list[Key]]:
    def keys(words: Words, one: Fact) -> list[Key]:
        if one.labels[kind] == NONE:
            return [NOT_SAID]
        label = words.labels.get(one.labels[kind])
        if label is None or label.code is None:
            return [_UNCODED]
        called = _CODES.get(label.code, label.code)
        return [Key(False, called.casefold(), label.code, called, label.code)]

    return keys


def _month_key(month: str) -> Key:
    return Key(False, month[:7], month[:7], month[:7])


def _by_month(_words: Words, one: Fact) -> list[Key]:
    return [_month_key(one.month.isoformat())]


def _by_session(words: Words, one: Fact) -> list[Key]:
    row = words.sessions[one.session or NONE]
    called = f"{row.title}, {civil_date(row.starts_at):%d/%m/%Y}"
    return [Key(False, row.starts_at.isoformat(), str(row.id), called)]


def _by_round(words: Words, one: Fact) -> list[Key]:
    row = _round_of(words, one)
    return [Key(False, row.title.casefold(), str(row.id), row.title)] if row else [Key(True, "", "none", "No round")]


def _by_funder(words: Words, one: Fact) -> list[Key]:
    row = _round_of(words, one)
    codes = row.funders if row else []
    return [Key(False, code, code, code) for code in codes] or [Key(True, "", "none", "No funder")]


def _round_of(words: Words, one: Fact) -> Round | None:
    round_id = words.sessions[one.session or NONE].round_id
    return words.rounds[round_id] if round_id is not None else None


_KEYS: Final[dict[Dimension, Callable[[Words, Fact], list[Key]]]] = {
    **{one: _by_code(kind) if one in BY_CODE else _by_words(kind) for one, kind in KIND.items()},
    Dimension.MONTH: _by_month,
    Dimension.SESSION: _by_session,
    Dimension.ROUND: _by_round,
    Dimension.FUNDER: _by_funder,
}
