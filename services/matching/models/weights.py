"""A partnership's matching policy in its versions, and sums over its requests for the equality view."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from services.matching.models.base import Base, document
from shared.tables import Tenanted, instant, sealed, words


class PolicyVersion(Base, Tenanted, table=True):
    """One version of what the partnership weighs by; never changed. `policy` are its numbers, without the version."""

    __tablename__ = "matching_policies"
    __table_args__ = (UniqueConstraint("partnership_id", "version_number", name="uq_matching_policies_version_number"),)

    version_number: int
    policy: dict[str, Any] = document()
    reason: str = words()
    made_by: str = words()
    made_at: datetime = instant()


class EqualitySum(Base, table=True):
    """How families of one group have fared: sums, so that reading them costs the same however many there were.

    `since_days` is the sum of the days (proleptic ordinals) since when those who wait now have waited.
    """

    __tablename__ = "equality_sums"

    partnership_id: UUID = Field(primary_key=True)
    dimension: str = words(primary_key=True)
    value: str = words(primary_key=True)
    opened: int = 0
    matched: int = 0
    closed: int = 0
    waiting: int = 0
    since_days: int = 0
    waited_days: int = 0


class EqualityCounted(Base, table=True):
    """That a request is counted, and how far; its groups are JSON, sealed with the case's key."""

    __tablename__ = "equality_counted"

    match_request_id: UUID = Field(primary_key=True)
    partnership_id: UUID
    family_id: UUID
    waiting_since: date
    groups: bytes = sealed()
    left_on: date | None = None
