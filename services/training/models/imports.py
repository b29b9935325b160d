"""Tables of attendance sheets that were sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, UniqueConstraint, Uuid
from sqlmodel import Field

from services.training.domain import ImportStatus
from services.training.models.base import Base
from shared.tables import Tenanted, Versioned, coded, instant, sealed, words


class Import(Base, Versioned, table=True):
    """A sheet that an organisation sent: how it was understood. Its labels are sealed under the import's own key."""

    __tablename__ = "imports"
    __table_args__ = (
        Index(None, "partnership_id", "organisation_id", "created_at", "id"),
        Index(None, "partnership_id", "fingerprint"),
        CheckConstraint("status IN ('read', 'discarded')", name="status"),
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


class ImportPart(Base, Tenanted, table=True):
    """Up to two thousand rows of a sheet, sealed together: some of them name people."""

    __tablename__ = "import_parts"
    __table_args__ = (UniqueConstraint("import_id", "part"),)

    import_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("imports.id"), nullable=False))
    part: int
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ImportFault(Base, Tenanted, table=True):
    """What is wrong with one cell of a sheet, in the sheet's order; never what stands there."""

    __tablename__ = "import_faults"
    __table_args__ = (UniqueConstraint("import_id", "place"),)

    import_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("imports.id"), nullable=False))
    place: int
    row_number: int
    column_name: str = words()
    code: str = words()
