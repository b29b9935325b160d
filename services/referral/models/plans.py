"""Volunteer involvement plans, version by version, and the children's own plans that their tasks refer to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint

from services.referral.models.base import Base, listed
from shared.tables import Tenanted, Versioned, instant, sealed, words


class ChildPlan(Base, Tenanted, table=True):
    """A child's plan as the outcomes service told of it; `id` is the plan's. Its end may be heard before its start."""

    __tablename__ = "child_plans"
    __table_args__ = (Index("ix_child_plans_child_id", "child_id"),)

    family_id: UUID
    child_id: UUID
    started: bool = False
    ended_on: date | None = None
    actions: list[str] = listed()


class InvolvementPlan(Base, Versioned, table=True):
    """One version of a referral's involvement plan. Texts are sealed with the case's key."""

    __tablename__ = "involvement_plans"
    __table_args__ = (
        UniqueConstraint("referral_id", "version_number", name="uq_involvement_plans_referral_id_version_number"),
    )

    referral_id: UUID
    family_id: UUID
    version_number: int
    status: str = words()
    limits: bytes = sealed()
    visits_a_week: int
    length_weeks: int
    review_on: date
    family_input: bytes | None = sealed(nullable=True)
    childs_view: bytes | None = sealed(nullable=True)
    interpreter: str | None = words(nullable=True)
    seen_alone_allowed: bool = False
    drafted_at: datetime = instant()
    agreed_at: datetime | None = instant(nullable=True)


class PlanTask(Base, Tenanted, table=True):
    """A task for the volunteer: one child, one action of that child's plan."""

    __tablename__ = "plan_tasks"
    __table_args__ = (Index("ix_plan_tasks_plan_id", "plan_id"),)

    plan_id: UUID
    family_id: UUID
    position: int
    child_id: UUID
    action_id: UUID
    description: bytes = sealed()
    carried_from: UUID | None = None


class PlanSignatory(Base, Tenanted, table=True):
    """Somebody who has to sign this version. `may_read`: a signatory reads the version even without the case."""

    __tablename__ = "plan_signatories"
    __table_args__ = (
        Index("ix_plan_signatories_plan_id", "plan_id"),
        Index("ix_plan_signatories_person_id", "person_id"),
    )

    plan_id: UUID
    family_id: UUID
    role: str = words()
    person_id: UUID | None = None
    volunteer_id: UUID | None = None
    match_id: UUID | None = None
    state: str = words()
    may_read: bool = True


class PlanSignature(Base, Tenanted, table=True):
    """What a signatory said, and who recorded it where that was somebody else; never changed."""

    __tablename__ = "plan_signatures"
    __table_args__ = (Index("ix_plan_signatures_plan_id", "plan_id"),)

    plan_id: UUID
    family_id: UUID
    signatory_id: UUID
    decision: str = words()
    reason_code: str | None = words(nullable=True)
    recorded_by: str = words()
    on_behalf_of: UUID | None = None
    method: str | None = words(nullable=True)
    evidence: bytes | None = sealed(nullable=True)
    interpreter: str | None = words(nullable=True)
    witness: bytes | None = sealed(nullable=True)
    signed_at: datetime = instant()
    recorded_at: datetime = instant()
