"""What decides who may see a case, beside referrals and matches: allocations, and the parties of a partnership."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint

from services.referral.models.base import Base
from shared.tables import Tenanted, Versioned, instant, words


class Allocation(Base, Versioned, table=True):
    """Who works with which family: from and to inclusive, unless it is over at once; and whom they stand in for."""

    __tablename__ = "allocations"
    __table_args__ = (
        Index("ix_allocations_family_id", "family_id"),
        Index("ix_allocations_person_id", "person_id"),
    )

    family_id: UUID
    organisation_id: UUID
    person_id: UUID
    role: str = words()
    from_date: date
    to_date: date | None = None
    covers_id: UUID | None = None
    end_reason: str | None = words(nullable=True)
    over: bool = False


class Party(Base, Tenanted, table=True):
    """An organisation that has taken a part (la, scheme) in this partnership."""

    __tablename__ = "partnership_parties"
    __table_args__ = (
        UniqueConstraint("partnership_id", "organisation_id", "part", name="uq_partnership_parties_part"),
    )

    organisation_id: UUID
    part: str = words()
    since: datetime = instant()
