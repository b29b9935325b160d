"""Tables of attendance sheets that were sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.training.domain import ImportStatus, OverCapacity
from services.training.models.base import Base
from shared.tables import Tenanted, Versioned, coded, instant, sealed, words


class Import(Base, Versioned, table=True):
    """A sheet that an organisation sent: how it was understood, and as what it is, or was, taken over.

    `labels` is what it says beside its rows, sealed under the import's own key. `course_id` .. `asked_by` are of
    whoever asked last for it to be taken over; `refused` and `refused_rows` say why it was not, where that was found
    out later.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index(None, "partnership_id", "organisation_id", "created_at", "id"),
        Index(None, "partnership_id", "fingerprint"),
        Index(
            "uq_imports_taken",
            "partnership_id",
            "organisation_id",
            "fingerprint",
            unique=True,
            postgresql_where=text("status IN ('applying', 'applied')"),
        ),
        CheckConstraint("status IN ('read', 'applying', 'applied', 'discarded')", name="status"),
    )

    organisation_id: UUID
    status: ImportStatus = coded(ImportStatus)
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    kind: str = words()
    encoding: str | None = words(nullable=True)
    delimiter: str | None = words(nullable=True)
    rows: int
    errors: int
    labels: bytes | None = sealed(nullable=True)
    created_at: datetime = instant()
    created_by: str = words()
    course_id: UUID | None = Field(default=None, sa_column=Column(Uuid, ForeignKey("courses.id"), nullable=True))
    round_id: UUID | None = Field(default=None, sa_column=Column(Uuid, ForeignKey("rounds.id"), nullable=True))
    over_capacity_reason: OverCapacity | None = coded(OverCapacity, nullable=True)
    asked_at: datetime | None = instant(nullable=True)
    asked_by: str | None = words(nullable=True)
    applied_at: datetime | None = instant(nullable=True)
    refused: str | None = words(nullable=True)
    refused_rows: list[int] = Field(
        default_factory=list, sa_column=Column(ARRAY(Integer), nullable=False, server_default="{}")
    )


class ImportPart(Base, Tenanted, table=True):
    """Up to two thousand rows of a sheet, sealed together: some of them name people."""

    __tablename__ = "import_parts"
    __table_args__ = (UniqueConstraint("import_id", "part"),)

    import_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("imports.id"), nullable=False))
    part: int
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ImportProgress(Base, Tenanted, table=True):
    """How many rows of a sheet are written by now, in the transaction that nobody sees yet.

    Written beside that transaction, which holds the import's own row: so no foreign key, and its id is the import's.
    """

    __tablename__ = "import_progress"

    rows: int


class ImportFault(Base, Tenanted, table=True):
    """What is wrong with one cell of a sheet, in the sheet's order; never what stands there."""

    __tablename__ = "import_faults"
    __table_args__ = (UniqueConstraint("import_id", "place"),)

    import_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("imports.id"), nullable=False))
    place: int
    row_number: int
    column_name: str = words()
    code: str = words()
