"""Episodes and plans of a child, with needs, actions, reviews and the queries that were accepted."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Uuid
from sqlmodel import Field

from services.outcomes.domain.plans import Category, PlanStatus, PlanType
from services.outcomes.models.root import Base
from shared.tables import Tenanted, Versioned, coded, instant, sealed, words


class Episode(Base, Versioned, table=True):
    """A social-care referral of the child; its closure's date and reason come together."""

    __tablename__ = "episodes"
    __table_args__ = (CheckConstraint("(closed_on IS NULL) = (closure_reason IS NULL)", name="closure_is_whole"),)

    family_id: UUID
    child_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("children.id"), nullable=False, index=True))
    referral_date: date
    no_further_action: bool = False
    closed_on: date | None = None
    closure_reason: str | None = words(nullable=True)
    recorded_at: datetime = instant()


class Plan(Base, Versioned, table=True):
    """One plan of one child. `followed_by` is the plan that it was stepped down or up to."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("type IN ('cp', 'cin', 'early_help', 'looked_after')", name="type"),
        CheckConstraint("status IN ('open', 'ended', 'stepped_down', 'stepped_up')", name="status"),
        CheckConstraint("(status = 'open') = (ended_on IS NULL)", name="open_or_ended"),
        CheckConstraint("(type = 'cp') = (category_initial IS NOT NULL)", name="category_of_cp"),
    )

    family_id: UUID = Field(index=True)
    child_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("children.id"), nullable=False, index=True))
    type: PlanType = coded(PlanType)
    status: PlanStatus = coded(PlanStatus)
    category_initial: Category | None = coded(Category, nullable=True)
    category_latest: Category | None = coded(Category, nullable=True)
    conference_on: date | None = None
    started_on: date
    ended_on: date | None = None
    returned_home: bool | None = None
    followed_by: UUID | None = None
    months_since_last_cp: int | None = None
    code_set: str = words()
    recorded_at: datetime = instant()


def _of_plan() -> UUID:
    return Field(sa_column=Column(Uuid, ForeignKey("plans.id"), nullable=False, index=True))  # type: ignore[no-any-return]  # SQLModel types Field as Any


class Need(Base, Tenanted, table=True):
    """A need that a plan names; its text is sealed under the child's key."""

    __tablename__ = "plan_needs"

    family_id: UUID
    plan_id: UUID = _of_plan()
    code: str = words()
    text: bytes | None = sealed(nullable=True)


class Action(Base, Tenanted, table=True):
    """An action of a plan, to which tasks of an involvement plan refer; its text is sealed under the child's key."""

    __tablename__ = "plan_actions"

    family_id: UUID
    plan_id: UUID = _of_plan()
    need_id: UUID | None = None
    code: str = words()
    text: bytes | None = sealed(nullable=True)


class Review(Base, Tenanted, table=True):
    """A review of a plan that was held."""

    __tablename__ = "plan_reviews"

    family_id: UUID
    plan_id: UUID = _of_plan()
    held_on: date
    recorded_at: datetime = instant()


class AcceptedQuery(Base, Tenanted, table=True):
    """An unusual thing that was meant, with the reason, sealed under the child's key."""

    __tablename__ = "plan_queries"

    family_id: UUID
    child_id: UUID = Field(index=True)
    subject_id: UUID
    code: str = words()
    reason: bytes = sealed()
    code_set: str = words()
    accepted_by: str = words()
    accepted_at: datetime = instant()
