"""Tables of releases: what is counted and hidden, and what was published of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.training.domain.releases import Refusal, ReleaseStatus, Stage
from services.training.models.base import Base
from shared.tables import Tenanted, Versioned, coded, instant, sealed, words


class Release(Base, Versioned, table=True):
    """A set of tables that are frozen, hidden in part and published together.

    `counts` (every cell, exact) and `proved` (figures, which of them are small, verdict) are sealed under the
    release's own key. `considered` are the releases that had been published when it was audited. `stage`, `stage_at`
    and `attempts` are the audit's, and change without a new version.
    """

    __tablename__ = "releases"
    __table_args__ = (
        Index(None, "partnership_id", "created_at", "id"),
        CheckConstraint(
            "status IN ('draft', 'auditing', 'audited', 'refused', 'published', 'withdrawn')", name="status"
        ),
        CheckConstraint("until_day >= from_day", name="until_after_from"),
    )

    organisation_id: UUID
    title: str = words()
    status: ReleaseStatus = coded(ReleaseStatus)
    from_day: date
    until_day: date
    round_id: UUID | None = Field(default=None, sa_column=Column(Uuid, ForeignKey("rounds.id"), nullable=True))
    programme_id: UUID | None = Field(default=None, sa_column=Column(Uuid, ForeignKey("programmes.id"), nullable=True))
    tables: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    policy: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    counted_at: datetime | None = instant(nullable=True)
    counts: bytes | None = sealed(nullable=True)
    proved: bytes | None = sealed(nullable=True)
    considered: list[UUID] | None = Field(default=None, sa_column=Column(ARRAY(Uuid), nullable=True))
    refusal: Refusal | None = coded(Refusal, nullable=True)
    stage: Stage | None = coded(Stage, nullable=True)
    stage_at: datetime | None = instant(nullable=True)
    attempts: int = 0
    created_at: datetime = instant()
    created_by: str = words()
    audited_at: datetime | None = instant(nullable=True)


class Publication(Base, Tenanted, table=True):
    """What everybody may read of a release, and nothing else; its id is the release's. It is never changed."""

    __tablename__ = "publications"
    __table_args__ = (Index(None, "published_at", "id"), Index(None, "partnership_id", "published_at", "id"))

    title: str = words()
    from_day: date
    until_day: date
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    published_at: datetime = instant()
    published_by: str = words()
    withdrawn_at: datetime | None = instant(nullable=True)
