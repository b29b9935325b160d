"""Matches of a family and a volunteer, and the agreements that they need."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from services.matching.domain.chain import START
from services.matching.models.base import Base, codes
from shared.tables import Tenanted, Versioned, instant, sealed, words


class Match(Base, Versioned, table=True):
    """A match. `chain_head` and `chain_length` say where the chain of its Records of Contact ends; `passed_over` are
    the constraints that stood against it, `visits_a_week` what it takes of the volunteer's.
    """

    __tablename__ = "matches"
    __table_args__ = (
        Index("ix_matches_partnership_id_status_id", "partnership_id", "status", "id"),
        Index("ix_matches_referral_id", "referral_id"),
        Index("ix_matches_volunteer_id", "volunteer_id"),
        Index("ix_matches_family_id", "family_id"),
        Index("ix_matches_match_request_id", "match_request_id"),
        Index(
            "ix_matches_proposed",
            *("partnership_id", "proposed_at", "id"),
            postgresql_where=text("status = 'proposed'"),
        ),
        Index(
            "ix_matches_last_contact",
            *("partnership_id", "last_contact_on", "id"),
            postgresql_where=text("status = 'active'"),
        ),
    )

    family_id: UUID
    referral_id: UUID
    match_request_id: UUID
    proposal_id: UUID
    volunteer_id: UUID
    status: str = words()
    planned_from: date
    planned_length_weeks: int
    planned_until: date
    review_on: date
    override_reason: bytes | None = sealed(nullable=True)
    passed_over: list[str] = codes()
    visits_a_week: int = 1
    proposed_at: datetime = instant()
    introduced_on: date | None = None
    introduction_led_by: UUID | None = None
    started_on: date | None = None
    paused_on: date | None = None
    ended_on: date | None = None
    last_contact_on: date | None = None
    reason_code: str | None = words(nullable=True)
    chain_length: int = 0
    chain_head: bytes = Field(default=START, sa_column=Column(LargeBinary, nullable=False))


class Agreement(Base, Tenanted, table=True):
    """What one of the three parties answered. Evidence is sealed with the case's key."""

    __tablename__ = "match_agreements"
    __table_args__ = (UniqueConstraint("match_id", "party", name="uq_match_agreements_party"),)

    family_id: UUID
    match_id: UUID
    party: str = words()
    answer: str = words()
    reason_code: str | None = words(nullable=True)
    on_behalf_of: UUID | None = None
    method: str | None = words(nullable=True)
    evidence: bytes | None = sealed(nullable=True)
    recorded_by: str = words()
    answered_on: date
    recorded_at: datetime = instant()
