"""Tables of rounds and their budgets."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.training.domain import BudgetKind, RoundStatus
from services.training.models.base import Base
from shared.tables import Tenanted, Versioned, coded, instant, words


class Round(Base, Versioned, table=True):
    """Training that belongs together by its time and its money: between two civil days, both included."""

    __tablename__ = "rounds"
    __table_args__ = (
        Index(None, "partnership_id", "created_at", "id"),
        CheckConstraint("status IN ('planned', 'open', 'closed', 'cancelled')", name="status"),
        CheckConstraint("until_day >= from_day", name="until_after_from"),
    )

    programme_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("programmes.id"), nullable=False, index=True))
    organisation_id: UUID
    title: str = words()
    status: RoundStatus = coded(RoundStatus)
    funders: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    from_day: date
    until_day: date
    created_at: datetime = instant()


class BudgetLine(Base, Tenanted, table=True):
    """An amount in pounds of one round. It stays: a wrong one is balanced by another with the opposite sign."""

    __tablename__ = "budget_lines"
    __table_args__ = (
        Index(None, "round_id", "recorded_at", "id"),
        CheckConstraint("kind IN ('planned', 'received', 'spent')", name="kind"),
    )

    round_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("rounds.id"), nullable=False))
    kind: BudgetKind = coded(BudgetKind)
    category: str = words()
    amount: Decimal = Field(sa_column=Column(Numeric(12, 2), nullable=False))
    day: date
    funder: str | None = words(nullable=True)
    recorded_at: datetime = instant()
    recorded_by: str = words()
