"""What a report on attendance is made of: what it is counted by, its table, its percentages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.training.domain.attending import percent
from services.training.domain.participations import LabelKind
from services.training.domain.withholding import Cell, withheld


class Dimension(StrEnum):
    """What participations may be counted by."""

    ORGANISATION = "organisation"
    ETHNICITY = "ethnicity"
    ETHNICITY_LABEL = "ethnicity_label"
    GENDER = "gender"
    GENDER_LABEL = "gender_label"
    LANGUAGE = "language"
    LANGUAGE_LABEL = "language_label"
    AREA = "area"
    SESSION = "session"
    MONTH = "month"
    ROUND = "round"
    FUNDER = "funder"


KIND: Final = {
    Dimension.ORGANISATION: LabelKind.ORGANISATION,
    Dimension.ETHNICITY: LabelKind.ETHNICITY,
    Dimension.ETHNICITY_LABEL: LabelKind.ETHNICITY,
    Dimension.GENDER: LabelKind.GENDER,
    Dimension.GENDER_LABEL: LabelKind.GENDER,
    Dimension.LANGUAGE: LabelKind.LANGUAGE,
    Dimension.LANGUAGE_LABEL: LabelKind.LANGUAGE,
    Dimension.AREA: LabelKind.AREA,
}
BY_CODE: Final = frozenset({Dimension.ETHNICITY, Dimension.GENDER, Dimension.LANGUAGE})
OWN_WORDS: Final = frozenset({Dimension.ETHNICITY_LABEL, Dimension.GENDER_LABEL, Dimension.LANGUAGE_LABEL})
OF_SESSIONS: Final = frozenset({Dimension.SESSION, Dimension.ROUND, Dimension.FUNDER})
NAMES: Final = {
    Dimension.ETHNICITY_LABEL: "ethnicity in their own words",
    Dimension.GENDER_LABEL: "gender in their own words",
    Dimension.LANGUAGE_LABEL: "language in their own words",
}
DEFINITION: Final = (
    "Participations at closed sessions from the first to the last day, both included, less those withdrawn; one person"
    " at three sessions is three participations. Each percentage is of the total, rounded half up to two decimals by"
    " itself."
)
FUNDERS: Final = (
    " A session of a round with several funders counts for each of them, so rows may add up to more than the total."
)
WITHHELD: Final = (
    " Fewer than six of one ethnicity at one session to which people came anonymously are withheld (c), and so are"
    " enough other counts beside them."
)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A row or a column; in the order in which they are shown."""

    last: bool
    order: str
    key: str
    label: str = field(compare=False)
    code: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """How many, and their share of the total; both None where they are withheld."""

    count: int | None
    percentage: Decimal | None


@dataclass(frozen=True, slots=True)
class Row:
    key: Key
    all: Count
    cells: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` is empty for a table of one dimension; both are where everything is withheld."""

    columns: tuple[Key, ...]
    rows: tuple[Row, ...]
    total: int
    withholds: bool


def table(counts: Mapping[tuple[Key, Key | None], int], total: int, risky: Iterable[tuple[Key, Key | None]]) -> Table:
    """The table of these counts; rows and columns in their order."""
    rows = sorted({row for row, _ in counts})
    columns = sorted({column for _, column in counts if column is not None})
    across: Sequence[Key | None] = columns or [None]
    places: dict[Cell, int] = {(r.key, c.key if c else ""): counts.get((r, c), 0) for r in rows for c in across}
    hidden = withheld(places, {(r.key, c.key if c else "") for r, c in risky})
    if hidden is None:
        return Table((), (), total, True)

    def shown(row: Key, column: Key | None) -> Count:
        cell = (row.key, column.key if column else "")
        return Count(None, None) if cell in hidden else _count(places[cell], total)

    def line(row: Key) -> Row:
        if not columns:
            return Row(row, shown(row, None), ())
        whole = sum(places[row.key, c.key] for c in columns)
        return Row(row, _count(whole, total), tuple(shown(row, c) for c in columns))

    return Table(tuple(columns), tuple(line(row) for row in rows), total, bool(hidden))


def _count(count: int, total: int) -> Count:
    return Count(count, percent(count, total))


def months(first: date, last: date) -> list[tuple[date, date]]:
    """The first and the last day of each civil month, within the period."""
    found, begin = [], first
    while begin <= last:
        following = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        found.append((begin, min(last, following - timedelta(days=1))))
        begin = following
    return found
