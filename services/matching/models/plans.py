"""Plans for all waiting families at once, their pairs, and families with a place that stays empty."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.matching.domain.planning.problem import Objective
from services.matching.domain.plans import PlanStatus, Refusal, Stage
from services.matching.models.base import Base
from shared.tables import Tenanted, Versioned, coded, instant, sealed, words


class MatchPlan(Base, Versioned, table=True):
    """A plan. `asked` are ids: what is pinned, forbidden and left out. `reasons` (why pins pass over a rule), `report`
    (whom to recruit) and `state` (what the next plan goes on from) are sealed under the plan's own key.

    `stage`, `stage_at` and `attempts` are the computation's, and change without a new version.
    """

    __tablename__ = "match_plans"
    __table_args__ = (
        Index(None, "partnership_id", "created_at", "id"),
        CheckConstraint("status IN ('computing', 'planned', 'refused', 'cancelled')", name="status"),
        CheckConstraint("objective IN ('most-families-first', 'total-fit')", name="objective"),
    )

    organisation_id: UUID
    objective: Objective = coded(Objective)
    status: PlanStatus = coded(PlanStatus)
    asked: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    reasons: bytes | None = sealed(nullable=True)
    weeks_planned: int
    based_on_id: UUID | None = None
    policy_version: int | None = None
    code_version: str | None = words(nullable=True)
    totals: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    report: bytes | None = sealed(nullable=True)
    state: bytes | None = sealed(nullable=True)
    refusal: Refusal | None = coded(Refusal, nullable=True)
    stage: Stage | None = coded(Stage, nullable=True)
    stage_at: datetime | None = instant(nullable=True)
    attempts: int = 0
    created_at: datetime = instant()
    created_by: str = words()
    planned_at: datetime | None = instant(nullable=True)


class PlanPair(Base, Tenanted, table=True):
    """One pair of a plan; `why` is sealed with the case's key and names no other family."""

    __tablename__ = "match_plan_pairs"
    __table_args__ = (
        UniqueConstraint("plan_id", "match_request_id", "volunteer_id", name="uq_match_plan_pairs_volunteer_id"),
        Index("ix_match_plan_pairs_plan_id_id", "plan_id", "id"),
        Index("ix_match_plan_pairs_family_id", "family_id"),
    )

    plan_id: UUID
    match_request_id: UUID
    family_id: UUID
    volunteer_id: UUID
    score: int
    pinned: bool
    why: bytes = sealed()
    match_id: UUID | None = None
    accepted_at: datetime | None = instant(nullable=True)
    accepted_by: str | None = words(nullable=True)


class PlanLack(Base, Tenanted, table=True):
    """A family with places that stay empty in a plan; `lack` is sealed with the case's key."""

    __tablename__ = "match_plan_lacks"
    __table_args__ = (
        Index("ix_match_plan_lacks_plan_id_id", "plan_id", "id"),
        Index("ix_match_plan_lacks_family_id", "family_id"),
    )

    plan_id: UUID
    match_request_id: UUID
    family_id: UUID
    places: int
    lack: bytes = sealed()
