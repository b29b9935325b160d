"""Referrals, what is assessed on them, the matches heard of, and what their end needs."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.referral.models.base import Base, listed
from shared.tables import Tenanted, Versioned, instant, sealed, words


class Referral(Base, Versioned, table=True):
    """A request for a family: `organisation_id` refers, `scheme_id` receives. Sealed with the case's key."""

    __tablename__ = "referrals"
    __table_args__ = (
        Index("ix_referrals_family_id", "family_id"),
        Index("ix_referrals_organisation_id_id", "organisation_id", "id"),
        Index("ix_referrals_organisation_id_status_id", "organisation_id", "status", "id"),
        Index("ix_referrals_scheme_id_id", "scheme_id", "id"),
        Index("ix_referrals_scheme_id_status_id", "scheme_id", "status", "id"),
        Index("ix_referrals_authority_id_id", "authority_id", "id"),
        Index("ix_referrals_authority_id_status_id", "authority_id", "status", "id"),
    )

    family_id: UUID
    organisation_id: UUID
    scheme_id: UUID
    # Put there by the database: who registered the family.
    authority_id: UUID = Field(default=None, nullable=False)
    kind: str = words()
    status: str = words()
    children: list[str] = listed()
    reasons: list[str] = listed()
    reason_text: bytes | None = sealed(nullable=True)
    requests: bytes = sealed()
    agreement: bytes | None = sealed(nullable=True)
    lawful_basis: str | None = words(nullable=True)
    special_category_condition: str | None = words(nullable=True)
    criminal_condition: str | None = words(nullable=True)
    informed: bool | None = None
    not_informed_reason: str | None = words(nullable=True)
    received_at: datetime = instant()
    submitted_at: datetime | None = instant(nullable=True)
    decision_due: datetime | None = instant(nullable=True)
    assessment_due: datetime | None = instant(nullable=True)
    calendar_version: str | None = words(nullable=True)
    decided_at: datetime | None = instant(nullable=True)
    accepted_on: date | None = None
    outcome_reason: str | None = words(nullable=True)
    earlier_referrals: int = 0
    risk_state: str = words()
    risk_level: str | None = words(nullable=True)
    assessment_visit_on: date | None = None


class RiskAssessment(Base, Tenanted, table=True):
    """One assessment of a referral's risk, or its home part; never changed, a later one follows it."""

    __tablename__ = "risk_assessments"
    __table_args__ = (Index("ix_risk_assessments_referral_id", "referral_id"),)

    referral_id: UUID
    family_id: UUID
    part: str = words()
    hazards: list[str] = listed()
    level: str = words()
    lone_working: str = words()
    mitigations: bytes | None = sealed(nullable=True)
    assessed_by: str = words()
    assessed_at: datetime = instant()
    recorded_at: datetime = instant()


class RiskChange(Base, Tenanted, table=True):
    """That something about the risk has changed; visits stop until it is assessed again."""

    __tablename__ = "risk_changes"
    __table_args__ = (Index("ix_risk_changes_referral_id", "referral_id"),)

    referral_id: UUID
    family_id: UUID
    reasons: list[str] = listed()
    description: bytes | None = sealed(nullable=True)
    happened_at: datetime = instant()
    recorded_at: datetime = instant()


class AssessmentVisit(Base, Tenanted, table=True):
    """The coordinator's first visit with the baseline; the numbers are sealed with the case's key."""

    __tablename__ = "assessment_visits"
    __table_args__ = (UniqueConstraint("referral_id", name="uq_assessment_visits_referral_id"),)

    referral_id: UUID
    family_id: UUID
    risk_assessment_id: UUID
    visited_on: date
    conducted_by: str = words()
    instrument: str = words()
    edition: str = words()
    completed_by: str = words()
    readings: bytes = sealed()
    notes: bytes | None = sealed(nullable=True)
    recorded_at: datetime = instant()


class MatchVolunteer(Base, Tenanted, table=True):
    """A match as the matching service told of it; `id` is the match's."""

    __tablename__ = "match_volunteers"
    __table_args__ = (
        Index("ix_match_volunteers_family_id", "family_id"),
        Index("ix_match_volunteers_volunteer_id", "volunteer_id"),
    )

    family_id: UUID
    referral_id: UUID
    volunteer_id: UUID
    person_id: UUID | None = None
    state: str = words()
    was_introduced: bool = False


class EndingFact(Base, Tenanted, table=True):
    """An evaluation or closing reading that the outcomes service told of; `id` is its id there."""

    __tablename__ = "ending_facts"
    __table_args__ = (Index("ix_ending_facts_referral_id", "referral_id"),)

    family_id: UUID
    referral_id: UUID
    fact: str = words()


class EndingException(Base, Tenanted, table=True):
    """A coded reason why something that the end needs cannot be had."""

    __tablename__ = "ending_exceptions"
    __table_args__ = (Index("ix_ending_exceptions_referral_id", "referral_id"),)

    family_id: UUID
    referral_id: UUID
    missing: str = words()
    reason_code: str = words()
    recorded_at: datetime = instant()
