"""Who works for an organisation, as the gateway tells it, and when they are on leave."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.matching.models.base import Base
from shared.tables import Versioned, instant, words


class Colleague(Base, table=True):
    """A membership of somebody who coordinates; `gone_on` is the first civil day without it."""

    __tablename__ = "colleagues"
    __table_args__ = (Index("ix_colleagues_organisation_id", "partnership_id", "organisation_id"),)

    membership_id: UUID = Field(primary_key=True)
    partnership_id: UUID
    organisation_id: UUID
    person_id: UUID
    starts_on: date
    gone_on: date | None = None


class Leave(Base, Versioned, table=True):
    """Somebody's leave from one organisation, both days included, and who covers; never why.

    `back_on` is the day from which it holds no more, where it was called off.
    """

    __tablename__ = "leaves"
    __table_args__ = (
        Index("ix_leaves_ends_on", "partnership_id", "organisation_id", "ends_on"),
        Index("ix_leaves_begins_on", "partnership_id", "organisation_id", "begins_on", "id"),
        CheckConstraint("begins_on <= ends_on", name="days"),
        CheckConstraint("person_id <> cover_id", name="cover"),
    )

    organisation_id: UUID
    person_id: UUID
    cover_id: UUID
    begins_on: date
    ends_on: date
    back_on: date | None = None
    entered_by: str = words()
    entered_at: datetime = instant()
