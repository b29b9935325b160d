"""The table of the sums that reports read."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Integer, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.training.domain import Grouping
from services.training.models.base import Base
from shared.tables import Coded

_GROUPINGS = ", ".join(f"'{one.value}'" for one in Grouping)


class ParticipationSum(Base, table=True):
    """How many participations that count are in one block of days (`domain.blocks`), by what `grouping` says.

    `a`, `b` and `n` are of one length: so many participations with these two keys, which are labels, or the session's
    id, or `domain.sums.NONE` and `NAMED`. The database keeps them with every participation (migration 0009).
    """

    __tablename__ = "participation_sums"
    __table_args__ = (CheckConstraint(f"grouping IN ({_GROUPINGS})", name="grouping"),)

    partnership_id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(primary_key=True)
    grouping: Grouping = Field(sa_column=Column(Coded(Grouping), primary_key=True))
    size: int = Field(primary_key=True)
    block: int = Field(primary_key=True)
    a: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    b: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    n: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
