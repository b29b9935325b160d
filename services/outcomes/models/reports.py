"""What reports are made of: the tallies, and figures that were put in by hand. Nothing here is of one family."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Index, Integer, Numeric
from sqlmodel import Field, SQLModel

from services.outcomes.domain.area import AreaCode
from services.outcomes.domain.cost import CostCode
from services.outcomes.models.root import Base
from shared.tables import Tenanted, coded, instant, words


class Tally(Base, table=True):
    """The partnership's sum of all families' steps of one figure that run from `day` until `until`."""

    __tablename__ = "tallies"

    partnership_id: UUID = Field(primary_key=True)
    figure: str = words(primary_key=True)
    day: date = Field(primary_key=True)
    until: date = Field(primary_key=True)
    families: int
    children: int
    plans: int


class _Sum(SQLModel):
    families: int = Field(sa_type=BigInteger)
    children: int = Field(sa_type=BigInteger)
    plans: int = Field(sa_type=BigInteger)


class TallyLine(Base, _Sum, table=True):
    """The sums of the tallies in a block of days (`domain.blocks`), which the database keeps with each tally.

    Of tallies that have no end by their first day (`open`), of the others by their first day (`over`) and by their
    end (`ended`).
    """

    __tablename__ = "tally_lines"
    __table_args__ = (CheckConstraint("line IN ('open', 'over', 'ended')", name="line"),)

    partnership_id: UUID = Field(primary_key=True)
    line: str = words(primary_key=True)
    block: int = Field(primary_key=True)
    figure: str = words(primary_key=True)


def _counts() -> Any:
    return Field(sa_column=Column(ARRAY(Integer), nullable=False))


class TallyEnd(Base, table=True):
    """How many of the tallies had ended by a day, by where their first day stands in a block of days (`domain.blocks`).

    `stretch` says from when on the ends add up: from the first day of that block until the day `until`, or (-1) all of
    the blocks before the block `until`. The database keeps them with each tally; a count that is not there is none.
    """

    __tablename__ = "tally_ends"

    partnership_id: UUID = Field(primary_key=True)
    figure: str = words(primary_key=True)
    block: int = Field(primary_key=True)
    stretch: int = Field(primary_key=True)
    until: int = Field(primary_key=True)
    families: list[int] = _counts()
    children: list[int] = _counts()
    plans: list[int] = _counts()


class AreaFigure(Base, Tenanted, table=True):
    """A yearly figure of the whole area; of two for one year the later one stands."""

    __tablename__ = "area_figures"
    __table_args__ = (
        Index(None, "partnership_id", "id"),
        CheckConstraint(
            "code IN ('looked_after_children', 'scale_areas', 'scale_families', 'scale_children')", name="code"
        ),
    )

    code: AreaCode = coded(AreaCode)
    year: int
    value: int
    source: str = words()
    recorded_by: str = words()
    recorded_at: datetime = instant()


class CostInput(Base, Tenanted, table=True):
    """An amount in pounds for so many families; of two with one code the later one stands."""

    __tablename__ = "cost_inputs"
    __table_args__ = (
        Index(None, "partnership_id", "id"),
        CheckConstraint("code IN ('savings', 'service')", name="code"),
        CheckConstraint("families > 0", name="families"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    code: CostCode = coded(CostCode)
    amount: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    families: int
    source: str = words()
    recorded_by: str = words()
    recorded_at: datetime = instant()
