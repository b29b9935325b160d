"""Bodies of imports: what a sheet was understood to say, and what is wrong with it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.training.domain import ImportStatus, OverCapacity
from services.training.models import Import, ImportFault
from services.training.sheets import Column
from services.training.sheets.kept import SheetSession
from services.training.sheets.rows import MAX_CELL, MAX_LABELS

Describing = Literal[Column.ETHNICITY, Column.GENDER]


class LabelOut(BaseModel):
    """A word by which people describe themselves, how many rows have it, and what it stands for."""

    column: Column
    label: str
    rows: int
    code: str | None = Field(description="Also null where somebody has said that no code fits.")
    asked: bool = Field(description="Whether a person has still to say what it stands for.")


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    column: Describing
    label: str = Field(min_length=1, max_length=MAX_CELL, description="As the preview shows it.")
    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}$")] | None = Field(
        description="One of `GET /v1/labels/codes`; null says that no code fits."
    )


class CodesIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    codes: list[Answer] = Field(min_length=1, max_length=2 * MAX_LABELS)


class ApplyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    course: UUID = Field(description="Sessions of the sheet's days and titles are found in it, or made.")
    round: UUID | None = Field(default=None, description="The round that these sessions belong to.")
    over_capacity_reason: OverCapacity | None = Field(
        default=None, description="Needed where more people came to a session than there was room for."
    )


class SheetSessionOut(BaseModel):
    """A day and a title that rows of the sheet have."""

    day: date
    title: str
    rows: int

    @classmethod
    def of(cls, one: SheetSession) -> "SheetSessionOut":
        return cls(day=one.day, title=one.title, rows=one.rows)


class Progress(BaseModel):
    """How far a sheet is that is being taken over; nothing of it counts before all of it does."""

    rows: int
    of: int


class RefusalOut(BaseModel):
    """Why a sheet that was to be taken over later was not: it waits as before."""

    code: str = Field(description="As the last word of a problem's `type`.")
    rows: list[int] = Field(description="The sheet's own numbers of rows that stand in the way; the first fifty.")


class ImportLine(BaseModel):
    """A sheet in a list."""

    id: UUID
    status: ImportStatus
    rows: int
    errors: int
    created_at: datetime

    @classmethod
    def of(cls, row: Import) -> "ImportLine":
        return cls(id=row.id, status=row.status, rows=row.rows, errors=row.errors, created_at=row.created_at)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a sheet beside its own row."""

    labels: list[LabelOut]
    sessions: list[SheetSession]
    sent_before: UUID | None
    imported_before: UUID | None
    written: int | None


class ImportOut(ImportLine):
    """How a sheet was understood. `rows` are those with nothing wrong; one error more and none of them is taken over.

    `labels` are the sheet's own words for ethnicity and gender, shown to the organisation that sent it and to no other.
    `sent_before` is an import with the same content that still waits, `imported_before` one that was taken over.
    """

    version: int
    kind: str
    encoding: str | None
    delimiter: str | None
    labels: list[LabelOut]
    sessions: list[SheetSessionOut]
    sent_before: UUID | None = None
    imported_before: UUID | None = None
    course: UUID | None = None
    round: UUID | None = None
    applied_at: datetime | None = None
    progress: Progress | None = None
    refused: RefusalOut | None = None

    @classmethod
    def whole(cls, row: Import, shown: Shown) -> "ImportOut":
        is_going_on = row.status is ImportStatus.APPLYING
        return cls(
            **ImportLine.of(row).model_dump(),
            version=row.version,
            kind=row.kind,
            encoding=row.encoding,
            delimiter=row.delimiter,
            labels=shown.labels,
            sessions=[SheetSessionOut.of(one) for one in shown.sessions],
            sent_before=shown.sent_before,
            imported_before=shown.imported_before,
            course=row.course_id,
            round=row.round_id,
            applied_at=row.applied_at,
            progress=Progress(rows=shown.written or 0, of=row.rows) if is_going_on else None,
            refused=RefusalOut(code=row.refused, rows=row.refused_rows) if row.refused else None,
        )


class FaultOut(BaseModel):
    """What is wrong with a cell: the sheet's own row number, the column's name or letter, a code; never the value."""

    row: int
    column: str
    code: str

    @classmethod
    def of(cls, fault: ImportFault) -> "FaultOut":
        return cls(row=fault.row_number, column=fault.column_name, code=fault.code)
