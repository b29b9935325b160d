"""Stages, readings and evaluations. Append-only: a later record stands for an earlier one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.outcomes.domain.evaluations import By, Method
from services.outcomes.domain.instruments import Occasion
from services.outcomes.models.root import Base
from shared.tables import Tenanted, coded, instant, sealed, words


class Stage(Base, Tenanted, table=True):
    """From that day the child is at that level."""

    __tablename__ = "stages"
    __table_args__ = (
        Index(None, "family_id", "id"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
    )

    family_id: UUID
    child_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("children.id"), nullable=False, index=True))
    level: int
    from_date: date
    recorded_at: datetime = instant()


class Reading(Base, Tenanted, table=True):
    """Codes and numbers of one instrument on one day; `child_id` or `person_id` where it is of one person."""

    __tablename__ = "readings"
    __table_args__ = (
        Index(None, "family_id", "id"),
        CheckConstraint("occasion IN ('first', 'review', 'closing')", name="occasion"),
        CheckConstraint("child_id IS NULL OR person_id IS NULL", name="one_subject"),
    )

    family_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("families.id"), nullable=False))
    referral_id: UUID | None = None
    child_id: UUID | None = None
    person_id: UUID | None = None
    instrument: str = words()
    edition: str = words()
    occasion: Occasion = coded(Occasion)
    completed_by: str = words()
    read_on: date
    period_from: date | None = None
    age: int | None = None
    areas: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    scores: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    recorded_at: datetime = instant()


class Evaluation(Base, Tenanted, table=True):
    """What somebody said at the end; the text is sealed under the case's key."""

    __tablename__ = "evaluations"
    __table_args__ = (
        Index(None, "family_id", "id"),
        CheckConstraint("by IN ('family', 'lead_practitioner', 'volunteer')", name="by"),
        CheckConstraint("(by = 'volunteer') = (volunteer_id IS NOT NULL)", name="volunteer"),
        CheckConstraint("(by = 'family') = (method IS NOT NULL)", name="family_method"),
    )

    family_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("families.id"), nullable=False))
    referral_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("cases.id"), nullable=False, index=True))
    by: By = coded(By)
    volunteer_id: UUID | None = None
    conducted_by: UUID
    held_on: date
    scores: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    text: bytes | None = sealed(nullable=True)
    on_behalf_of: UUID | None = None
    method: Method | None = coded(Method, nullable=True)
    recorded_by: str = words()
    recorded_at: datetime = instant()
