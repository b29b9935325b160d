"""Tables of the volunteers' inductions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlmodel import Field

from services.training.domain import InductionStatus, Part, Suitability
from services.training.models.base import Base
from shared.tables import Tenanted, Versioned, coded, instant, sealed, words


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
