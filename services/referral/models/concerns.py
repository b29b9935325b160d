"""Concerns: what somebody is worried about, and who has taken it on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index

from services.referral.models.base import Base
from shared.tables import Versioned, instant, sealed, words


class Concern(Base, Versioned, table=True):
    """A concern. Its text is sealed with the case's key, or with a key of its own where no family is named."""

    __tablename__ = "concerns"
    __table_args__ = (
        Index("ix_concerns_partnership_id_status_id", "partnership_id", "status", "id"),
        Index("ix_concerns_about_volunteer_id", "about_volunteer_id"),
    )

    family_id: UUID | None = None
    subject_kind: str = words()
    subject_id: UUID | None = None
    about_person_id: UUID | None = None
    about_volunteer_id: UUID | None = None
    status: str = words()
    description: bytes = sealed()
    raised_by: str = words()
    raised_by_organisation: UUID | None = None
    happened_at: datetime | None = instant(nullable=True)
    raised_at: datetime = instant()
    due_at: datetime = instant()
    acknowledged_by: UUID | None = None
    acknowledged_at: datetime | None = instant(nullable=True)
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(nullable=True)
    decision: str | None = words(nullable=True)
    decision_text: bytes | None = sealed(nullable=True)
