"""Requests for a volunteer, what is known of their referrals, and the proposals that were made."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from services.matching.models.base import Base, ids, many_ids
from shared.tables import Tenanted, Versioned, instant, sealed, words


class ReferralFact(Base, table=True):
    """What the referral service has said of one referral, kept whenever it comes."""

    __tablename__ = "referral_facts"

    referral_id: UUID = Field(primary_key=True)
    partnership_id: UUID
    family_id: UUID
    visited_on: date | None = None
    risk_open: bool = False
    ending: bool = False
    ended_as: str | None = words(nullable=True)
    """How the referral came to its end: concluded, withdrawn, declined or signposted."""


class AgreedPlan(Base, table=True):
    """One agreed version of a Volunteer Involvement Plan: its tasks, what it allows, and which volunteers signed."""

    __tablename__ = "agreed_plans"
    __table_args__ = (Index("ix_agreed_plans_referral_id", "referral_id"),)

    involvement_plan_id: UUID = Field(primary_key=True)
    version_number: int = Field(primary_key=True)
    partnership_id: UUID
    family_id: UUID
    referral_id: UUID
    tasks: list[UUID] = ids()
    volunteers: list[UUID] = ids()
    seen_alone_allowed: bool = False
    visits_a_week: int = 1
    review_on: date | None = None
    heard_at: datetime = instant()


class MatchRequest(Base, Versioned, table=True):
    """A family waits for a volunteer. `facts` is JSON of the referral service, sealed with the case's key."""

    __tablename__ = "match_requests"
    __table_args__ = (
        UniqueConstraint("referral_id", name="uq_match_requests_referral_id"),
        Index(
            "ix_match_requests_waiting",
            "partnership_id",
            "status",
            "waiting_since",
            "id",
        ),
        Index("ix_match_requests_family_id", "family_id"),
    )

    family_id: UUID
    referral_id: UUID
    status: str = words()
    children: list[UUID] = ids()
    facts: bytes = sealed()
    facts_read_at: datetime = instant()
    waiting_since: date
    volunteers_wanted: int = 1
    places_taken: int = 0
    opened_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
    close_code: str | None = words(nullable=True)


class Proposal(Base, Tenanted, table=True):
    """One ranking of all volunteers for a request; never changed. `result` and `inputs` are JSON, sealed with the
    case's key; `weights_version` is the version of the code that weighed, `policy_version` of the partnership's policy.
    """

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_match_request_id_id", "match_request_id", "id"),)

    family_id: UUID
    match_request_id: UUID
    weights_version: str = words()
    policy_version: int = 0
    input_hash: str = words()
    ranked: Sequence[UUID] = many_ids()
    excluded: Sequence[UUID] = many_ids()
    result: bytes = sealed()
    inputs: bytes | None = sealed(nullable=True)
    made_by: str = words()
    made_at: datetime = instant()


class RefusedVolunteer(Base, Tenanted, table=True):
    """That a family does not want this volunteer, until somebody takes it back for them; never held against either."""

    __tablename__ = "refused_volunteers"
    __table_args__ = (
        Index(
            "uq_refused_volunteers_standing",
            "family_id",
            "volunteer_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    family_id: UUID
    match_request_id: UUID
    volunteer_id: UUID
    reason_code: str = words()
    recorded_by: str = words()
    recorded_at: datetime = instant()
    lifted_by: str | None = words(nullable=True)
    lifted_at: datetime | None = instant(nullable=True)
