"""Allegations against volunteers and the dated steps taken about them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlmodel import Field

from services.matching.models.base import Base, ids
from services.matching.models.volunteers import of_volunteer
from shared.tables import Tenanted, Versioned, instant, sealed, words


class Allegation(Base, Versioned, table=True):
    """An allegation. Its words are sealed with a key of its own, which goes on `keep_until` and not before.

    `readers` are the organisations whose designated leads may see it.
    """

    __tablename__ = "allegations"
    __table_args__ = (
        UniqueConstraint("partnership_id", "concern_id", name="uq_allegations_concern_id"),
        Index("ix_allegations_partnership_id_id", "partnership_id", "id"),
        Index("ix_allegations_volunteer_id", "volunteer_id"),
    )

    volunteer_id: UUID = of_volunteer()
    concern_id: UUID | None = None
    status: str = words()
    nature: str | None = words(nullable=True)
    happened_on: date | None = None
    description: bytes | None = sealed(nullable=True)
    readers: list[UUID] = ids()
    opened_by: str = words()
    opened_at: datetime = instant()
    lado_due_at: datetime = instant()
    lado_told_on: date | None = None
    outcome: str | None = words(nullable=True)
    decided_on: date | None = None
    decided_by: str | None = words(nullable=True)
    no_barring_code: str | None = words(nullable=True)
    reasons: bytes | None = sealed(nullable=True)
    keep_until: date | None = None
    erased_at: datetime | None = instant(nullable=True)


class AllegationStep(Base, Tenanted, table=True):
    """One step, on its day; never changed."""

    __tablename__ = "allegation_steps"
    __table_args__ = (Index("ix_allegation_steps_allegation_id_id", "allegation_id", "id"),)

    allegation_id: UUID = Field(sa_column_args=[ForeignKey("allegations.id")])
    kind: str = words()
    done_on: date
    note: bytes | None = sealed(nullable=True)
    recorded_by: str = words()
    recorded_at: datetime = instant()
