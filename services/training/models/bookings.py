"""Table of the places of sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlmodel import Field

from services.training.domain import BookingStatus
from services.training.models.base import Base
from shared.tables import Versioned, coded, instant, words


class Booking(Base, Versioned, table=True):
    """Places of a session for somebody who gave a name, or for some people of a community group who gave none.

    `organisation_id` is whose session it is, `organisation` the label of the group. `turn` counts from 1 in each
    session, in the order of asking.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("session_id", "turn"),
        Index(
            "uq_bookings_attendee",
            "session_id",
            "attendee_id",
            unique=True,
            postgresql_where=text("attendee_id IS NOT NULL AND status <> 'cancelled'"),
        ),
        Index(None, "attendee_id", postgresql_where=text("attendee_id IS NOT NULL")),
        CheckConstraint("status IN ('waiting', 'booked', 'cancelled')", name="status"),
        CheckConstraint("places > 0 AND (attendee_id IS NULL OR places = 1)", name="places"),
    )

    organisation_id: UUID
    session_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("sessions.id"), nullable=False))
    turn: int
    status: BookingStatus = coded(BookingStatus)
    places: int
    organisation: UUID
    attendee_id: UUID | None = None
    asked_at: datetime = instant()
    asked_by: str = words()
    changed_at: datetime = instant()
