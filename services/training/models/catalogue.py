"""Tables of what is offered: programmes, courses, sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, SmallInteger, Text, Uuid, false
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.training.domain import OverCapacity, SessionStatus
from services.training.models.base import Base, listed
from shared.tables import Versioned, coded, instant, words


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
    """One date of a course, at a venue or online (then `venue` and `outcode` are empty).

    `languages` are spoken, `interpreters` are interpreted into. More people than `capacity` came only with a reason.
    Of one that is known `from_sheet` alone only its day, its title and who came are known: it starts and ends with the
    civil day, has no place and no trainers, and its capacity is the number of those who came.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index(None, "partnership_id", "starts_at", "id"),
        CheckConstraint("status IN ('planned', 'held', 'closed', 'cancelled')", name="status"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("from_sheet OR online = (venue IS NULL)", name="online_or_venue"),
        CheckConstraint("parts BETWEEN 1 AND 10", name="parts"),
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
    round_id: UUID | None = Field(
        default=None, sa_column=Column(Uuid, ForeignKey("rounds.id"), nullable=True, index=True)
    )
    parts: int = Field(default=1, sa_column=Column(SmallInteger, nullable=False))
    delivery_partners: list[str] = listed()
    languages: list[str] = listed()
    interpreters: list[str] = listed()
    topics: list[str] = listed()
    learning_outcomes: list[str] = listed()
    materials: list[str] = listed()
    over_capacity_reason: OverCapacity | None = coded(OverCapacity, nullable=True)
    closed_at: datetime | None = instant(nullable=True)
    # Everybody may read that it takes place (`Opening`), and how to ask for a place.
    public: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    how_to_book: str | None = words(nullable=True)
    from_sheet: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
