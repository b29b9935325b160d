"""Bodies of imports: what a sheet was understood to say, and what is wrong with it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.training.domain import ImportStatus
from services.training.models import Import, ImportFault
from services.training.sheets import Column


class LabelOut(BaseModel):
    """A word by which people describe themselves, and how many rows have it."""

    column: Column
    label: str
    rows: int


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


class ImportOut(ImportLine):
    """How a sheet was understood. `rows` are those with nothing wrong; one error more and none of them is taken over.

    `labels` are the sheet's own words for ethnicity and gender, shown to the organisation that sent it and to no other.
    `sent_before` is an import with the same content that still waits.
    """

    version: int
    kind: str
    encoding: str | None
    delimiter: str | None
    labels: list[LabelOut]
    sent_before: UUID | None = None

    @classmethod
    def whole(cls, row: Import, labels: list[LabelOut], sent_before: UUID | None) -> "ImportOut":
        return cls(
            **ImportLine.of(row).model_dump(),
            version=row.version,
            kind=row.kind,
            encoding=row.encoding,
            delimiter=row.delimiter,
            labels=labels,
            sent_before=sent_before,
        )


class FaultOut(BaseModel):
    """What is wrong with a cell: the sheet's own row number, the column's name or letter, a code; never the value."""

    row: int
    column: str
    code: str

    @classmethod
    def of(cls, fault: ImportFault) -> "FaultOut":
        return cls(row=fault.row_number, column=fault.column_name, code=fault.code)
