"""Visits, their Records of Contact, and the times at which it was raised that a child was not seen."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from services.matching.models.base import Base, documents, ids
from shared.tables import Tenanted, Versioned, instant, sealed, words


class Visit(Base, Versioned, table=True):
    """A planned visit and what became of it. `contact_due_at` is empty where no record is due."""

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_match_id_starts_at_id", "match_id", "starts_at", "id"),
        Index("ix_visits_referral_id", "referral_id"),
        Index("ix_visits_partnership_id_contact_due_at_id", "partnership_id", "contact_due_at", "id"),
        Index(
            "ix_visits_not_checked_out",
            *("partnership_id", "not_checked_out_at", "id"),
            postgresql_where=text("status = 'planned' AND not_checked_out_at IS NOT NULL AND checked_out_at IS NULL"),
        ),
        Index("ix_visits_planned", "partnership_id", "starts_at", "id", postgresql_where=text("status = 'planned'")),
        Index(
            "ix_visits_without_record",
            *("partnership_id", "contact_due_at", "id"),
            postgresql_where=text("contact_recorded_at IS NULL AND status IN ('planned', 'happened')"),
        ),
    )

    family_id: UUID
    referral_id: UUID
    match_id: UUID
    volunteer_id: UUID
    status: str = words()
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    happened_from: datetime | None = instant(nullable=True)
    happened_until: datetime | None = instant(nullable=True)
    closed_at: datetime | None = instant(nullable=True)
    contact_due_at: datetime | None = instant(nullable=True)
    contact_recorded_at: datetime | None = instant(nullable=True)
    checked_in_at: datetime | None = instant(nullable=True)
    checked_out_at: datetime | None = instant(nullable=True)
    not_checked_out_at: datetime | None = instant(nullable=True)


class VisitLink(Base, table=True):
    """The newest link with which a visit's volunteer checks in and out; of the link only a digest is kept."""

    __tablename__ = "visit_links"
    __table_args__ = (UniqueConstraint("digest", name="uq_visit_links_digest"),)

    visit_id: UUID = Field(primary_key=True, foreign_key="visits.id")
    partnership_id: UUID
    family_id: UUID
    digest: bytes = sealed()
    valid_until: datetime = instant()


class Contact(Base, Tenanted, table=True):
    """A Record of Contact, or a correction of one; never changed. Notes are sealed with the case's key."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("match_id", "position", name="uq_contacts_position"),
        UniqueConstraint("visit_id", "version_number", name="uq_contacts_version_number"),
        Index("ix_contacts_volunteer_id_recorded_at", "volunteer_id", "recorded_at"),
        Index("ix_contacts_referral_id", "referral_id"),
    )

    family_id: UUID
    referral_id: UUID
    match_id: UUID
    visit_id: UUID
    volunteer_id: UUID
    position: int
    version_number: int
    corrects_id: UUID | None = None
    tasks_done: list[UUID] = ids()
    seen: list[dict[str, Any]] = documents()
    concern: bool
    notes: bytes = sealed()
    recorded_by: str = words()
    recorded_at: datetime = instant()
    previous_hash: bytes = sealed()
    hash: bytes = sealed()


class NotSeen(Base, Tenanted, table=True):
    """That it was raised, at this visit, that the child was not seen for too many visits running."""

    __tablename__ = "child_not_seen"
    __table_args__ = (
        UniqueConstraint("child_id", "visit_id", name="uq_child_not_seen_visit_id"),
        Index("ix_child_not_seen_referral_id", "referral_id"),
    )

    family_id: UUID
    referral_id: UUID
    child_id: UUID
    visit_id: UUID
    raised_at: datetime = instant()
