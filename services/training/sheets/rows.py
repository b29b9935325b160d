"""What a sheet says when it has been read: rows, what is wrong with others, and why a whole file is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from shared.errors import Invalid

MEBIBYTE: Final = 1024 * 1024
MAX_FILE_BYTES: Final = 16 * MEBIBYTE
MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 100
MAX_LABELS: Final = 500
MAX_GROUPS: Final = 3_000
MAX_SESSIONS: Final = 500
MAX_CELL: Final = 200


class Column(StrEnum):
    """The columns of an attendance sheet, as its first row names them."""

    SESSION_DATE = "session_date"
    SESSION_TITLE = "session_title"
    ORGANISATION = "organisation"
    ETHNICITY = "ethnicity"
    GENDER = "gender"
    LANGUAGE = "language"
    OUTCODE = "outcode"
    NAME = "name"


# Whoever came may leave unsaid who they are, but not where and when they were.
NEEDED: Final = (Column.SESSION_DATE, Column.SESSION_TITLE, Column.ORGANISATION)
# A sheet that lacks one of these altogether is another sheet; the rest may be left out.
REQUIRED: Final = (*NEEDED, Column.ETHNICITY, Column.GENDER)


class Fault(StrEnum):
    """What is wrong with one cell or one row."""

    MISSING_COLUMN = "missing-column"
    UNKNOWN_COLUMN = "unknown-column"
    REPEATED_COLUMN = "repeated-column"
    EMPTY = "empty"
    DATE_UNREADABLE = "date-unreadable"
    DATE_AMBIGUOUS = "date-ambiguous"
    DATE_IN_THE_FUTURE = "date-in-the-future"
    DATE_TOO_EARLY = "date-too-early"
    TOO_LONG = "too-long"
    CONTROL_CHARACTER = "control-character"
    CELL_ERROR = "cell-error"
    CELL_OUTSIDE = "cell-outside"
    DUPLICATE = "duplicate"


class Wrong(StrEnum):
    """Why a file is not looked into any further."""

    EMPTY = "empty-file"
    TOO_LARGE = "file-too-large"
    TOO_MANY_ROWS = "too-many-rows"
    TOO_MANY_COLUMNS = "too-many-columns"
    TOO_MANY_LABELS = "too-many-labels"
    TOO_MANY_SESSIONS = "too-many-sessions"
    ENCODING = "unknown-encoding"
    NOT_A_SHEET = "not-a-sheet"
    OLD_WORKBOOK = "old-or-locked-workbook"
    MACROS = "workbook-with-macros"
    BOMB = "unpacks-too-large"


_DETAILS: Final = {
    Wrong.EMPTY: "The file has no row.",
    Wrong.TOO_LARGE: f"A sheet may have {MAX_FILE_BYTES // MEBIBYTE} MiB.",
    Wrong.TOO_MANY_ROWS: f"A sheet may have {MAX_ROWS:,} rows.",
    Wrong.TOO_MANY_LABELS: f"Ethnicity and gender may have {MAX_LABELS} different words, other columns {MAX_GROUPS:,}.",
    Wrong.TOO_MANY_SESSIONS: f"A sheet may be about {MAX_SESSIONS} sessions.",
    Wrong.TOO_MANY_COLUMNS: f"A sheet may have {MAX_COLUMNS} columns.",
    Wrong.ENCODING: "The text is neither UTF-8 nor Windows-1252; save it as CSV UTF-8.",
    Wrong.NOT_A_SHEET: "This is neither a CSV file nor an Excel workbook (.xlsx), or it is damaged.",
    Wrong.OLD_WORKBOOK: "A workbook of the old form (.xls), or with a password, is not read; save it as .xlsx without.",
    Wrong.MACROS: "A workbook with macros is not read; save it as .xlsx.",
    Wrong.BOMB: "The workbook unpacks to more than a sheet can be.",
}


class Refused(Invalid):
    """422 with the reason as its name: the file as a whole; nothing of it was kept."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong
        error = {"pointer": "", "code": wrong.value, "message": _DETAILS[wrong]}
        super().__init__([error], name=wrong.value, detail=_DETAILS[wrong])


class Row(NamedTuple):
    """One person at one session, as the sheet has it; `number` is the sheet's own, the header being 1.

    What is empty is None. Labels are the sheet's own words: which code each stands for is for people to say.
    """

    number: int
    session_date: date
    session_title: str
    organisation: str
    ethnicity: str | None
    gender: str | None
    language: str | None
    outcode: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong where; never the value. `column` is a column's name, or the sheet's letter of one without."""

    number: int
    column: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file was understood, so that whoever looks at the preview can object."""

    kind: str
    encoding: str | None = None
    delimiter: str | None = None


# A cell as its file has it: text, or a number of a workbook (which may be a day), or a workbook's error.
Cell = str | float | None


class CellError:
    """A cell that shows an error of the workbook's own, such as a division by zero."""


class Line(NamedTuple):
    """One row of cells before anybody judges it; a named tuple, since a hundred thousand of them are made."""

    number: int
    cells: "Sequence[Cell | CellError]"
