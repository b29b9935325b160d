"""The table of the sums that reports read."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Integer, SmallInteger, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.training.models.base import Base


class ParticipationTotal(Base, table=True):
    """How many participations that count there were until a day, a month or a year (`domain.running`).

    `grouping` (`domain.sums.Grouping`) is what they are counted by. `a`, `b` and `n` are of one length: so many
    participations with these two keys, which are labels, or the session's id, or `domain.sums.NONE` and `NAMED`. The
    database keeps them with every participation (migration participation_totals).
    """

    __tablename__ = "participation_totals"
    __table_args__ = (
        CheckConstraint("grouping BETWEEN 1 AND 10", name="grouping"),
        CheckConstraint("span BETWEEN 0 AND 3", name="span"),
    )

    partnership_id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(primary_key=True)
    grouping: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    span: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    until: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    a: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    b: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    n: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
