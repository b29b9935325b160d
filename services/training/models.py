"""Tables of the training service."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.training.domain import (
    BudgetKind,
    ImportStatus,
    InductionStatus,
    Part,
    RoundStatus,
    SessionStatus,
    Suitability,
)
from shared.tables import NAMING, Tenanted, Versioned, coded, instant, sealed, words


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Everything that lives in this service's database."""


class Programme(Base, Versioned, table=True):
    """What an organisation offers over time: the induction of volunteers, a round for communities."""

    __tablename__ = "programmes"
    __table_args__ = (Index(None, "partnership_id", "created_at", "id"),)

    organisation_id: UUID
    title: str = words()
    description: str | None = words(nullable=True)
    created_at: datetime = instant()


class Course(Base, Versioned, table=True):
    """What is taught: topics and what people take away."""

    __tablename__ = "courses"
    __table_args__ = (Index(None, "partnership_id", "created_at", "id"),)

    programme_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("programmes.id"), nullable=False, index=True))
    organisation_id: UUID
    title: str = words()
    topics: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    learning_outcomes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = instant()


class TrainingSession(Base, Versioned, table=True):
    """One date of a course, at a venue or online (then `venue` and `outcode` are empty)."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index(None, "partnership_id", "starts_at", "id"),
        CheckConstraint("status IN ('planned', 'held', 'cancelled')", name="status"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("online = (venue IS NULL)", name="online_or_venue"),
    )

    course_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("courses.id"), nullable=False, index=True))
    organisation_id: UUID
    title: str = words()
    status: SessionStatus = coded(SessionStatus)
    online: bool
    venue: str | None = words(nullable=True)
    outcode: str | None = words(nullable=True)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    capacity: int
    expected: int | None = None
    trainers: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))


class Round(Base, Versioned, table=True):
    """Training that belongs together by its time and its money: between two civil days, both included."""

    __tablename__ = "rounds"
    __table_args__ = (
        Index(None, "partnership_id", "created_at", "id"),
        CheckConstraint("status IN ('planned', 'open', 'closed', 'cancelled')", name="status"),
        CheckConstraint("until_day >= from_day", name="until_after_from"),
    )

    programme_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("programmes.id"), nullable=False, index=True))
    organisation_id: UUID
    title: str = words()
    status: RoundStatus = coded(RoundStatus)
    funders: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    from_day: date
    until_day: date
    created_at: datetime = instant()


class BudgetLine(Base, Tenanted, table=True):
    """An amount in pounds of one round. It stays: a wrong one is balanced by another with the opposite sign."""

    __tablename__ = "budget_lines"
    __table_args__ = (
        Index(None, "round_id", "recorded_at", "id"),
        CheckConstraint("kind IN ('planned', 'received', 'spent')", name="kind"),
    )

    round_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("rounds.id"), nullable=False))
    kind: BudgetKind = coded(BudgetKind)
    category: str = words()
    amount: Decimal = Field(sa_column=Column(Numeric(12, 2), nullable=False))
    day: date
    funder: str | None = words(nullable=True)
    recorded_at: datetime = instant()
    recorded_by: str = words()


class Volunteer(Base, Tenanted, table=True):
    """What the matching service has told of a volunteer; `id` is the volunteer's."""

    __tablename__ = "volunteers"

    applied_at: datetime | None = instant(nullable=True)
    suspended_at: datetime | None = instant(nullable=True)
    left_at: datetime | None = instant(nullable=True)


class Induction(Base, Versioned, table=True):
    """One volunteer's way through the induction, in the hands of the organisation that started it."""

    __tablename__ = "inductions"
    __table_args__ = (
        Index(None, "partnership_id", "organisation_id", "started_at", "id"),
        Index(
            "uq_inductions_open",
            "volunteer_id",
            unique=True,
            postgresql_where=text("status IN ('in_progress', 'on_hold')"),
        ),
        CheckConstraint(
            "status IN ('in_progress', 'on_hold', 'qualified', 'not_suitable', 'abandoned')", name="status"
        ),
    )

    organisation_id: UUID
    volunteer_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("volunteers.id"), nullable=False, index=True))
    status: InductionStatus = coded(InductionStatus)
    started_at: datetime = instant()
    changed_at: datetime = instant()
    decided_at: datetime | None = instant(nullable=True)
    decided_by: str | None = words(nullable=True)
    reason_code: str | None = words(nullable=True)


class Attendance(Base, Tenanted, table=True):
    """Whether the volunteer was at a session for a part; a later entry of the same part stands for it."""

    __tablename__ = "attendances"
    __table_args__ = (
        UniqueConstraint("induction_id", "part", "entry"),
        CheckConstraint("part IN ('information_and_assessment', 'first_day', 'second_day')", name="part"),
    )

    induction_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("inductions.id"), nullable=False))
    part: Part = coded(Part)
    entry: int
    session_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("sessions.id"), nullable=False, index=True))
    attended: bool
    recorded_at: datetime = instant()
    recorded_by: str = words()


class Judgement(Base, Tenanted, table=True):
    """How the volunteer was judged at a part; a later entry stands. Notes are sealed under the volunteer's key."""

    __tablename__ = "judgements"
    __table_args__ = (
        UniqueConstraint("induction_id", "part", "entry"),
        CheckConstraint("part IN ('information_and_assessment', 'first_day', 'second_day')", name="part"),
        CheckConstraint("suitability IN ('suitable', 'not_suitable', 'needs_more')", name="suitability"),
    )

    induction_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("inductions.id"), nullable=False))
    part: Part = coded(Part)
    entry: int
    suitability: Suitability = coded(Suitability)
    notes: bytes | None = sealed(nullable=True)
    recorded_at: datetime = instant()
    recorded_by: str = words()


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
