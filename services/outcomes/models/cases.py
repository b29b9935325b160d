"""Families, their children and the scheme's cases, as the referral service tells of them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.outcomes.domain.plans import CaseStatus
from services.outcomes.models.root import Base
from shared.tables import Tenanted, Versioned, coded, instant, words


class Family(Base, Tenanted, table=True):
    """`id` is the family's; whoever changes anything of the family locks its row.

    `listed` are the children that it is told to have, `counted` the steps that it adds to the tallies at present.
    """

    __tablename__ = "families"
    __table_args__ = (Index(None, "listed", postgresql_using="gin"),)

    listed: list[UUID] = Field(default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}"))
    counted: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))


class Child(Base, Versioned, table=True):
    """`id` is the child's person id. Its version counts every change of the timeline, as `changed_at` moves."""

    __tablename__ = "children"

    family_id: UUID = Field(index=True)
    died_on: date | None = None
    changed_at: datetime | None = instant(nullable=True)


class Case(Base, Tenanted, table=True):
    """`id` is the referral's. A case that was closed before its acceptance arrived has no `accepted_on` yet."""

    __tablename__ = "cases"
    __table_args__ = (CheckConstraint("status IN ('open', 'closed')", name="status"),)

    family_id: UUID = Field(index=True)
    kind: str = words()
    children: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    status: CaseStatus = coded(CaseStatus)
    received_on: date | None = None
    accepted_on: date | None = None
    closed_on: date | None = None
    reason_code: str | None = words(nullable=True)
    recorded_at: datetime = instant()
