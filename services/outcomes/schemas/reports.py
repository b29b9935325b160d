"""Bodies of reports, and of the figures that are put in for them."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictInt, StringConstraints

from services.outcomes.domain.area import AreaCode
from services.outcomes.domain.cost import CostCode
from services.outcomes.domain.figures import Figure, Unit
from services.outcomes.domain.published import SOURCE, Published
from services.outcomes.models import AreaFigure, CostInput
from services.outcomes.schemas.fields import Body, Source

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]


class AreaFigureIn(Body):
    """A yearly figure; a later one for the same code and year stands for an earlier."""

    code: AreaCode
    year: StrictInt = Field(ge=1900, le=2200)
    value: StrictInt = Field(ge=0, le=1_000_000_000)
    source: Source


class AreaFigureOut(BaseModel):
    id: UUID
    code: AreaCode
    year: int
    value: int
    source: str
    recorded_at: datetime

    @classmethod
    def of(cls, row: AreaFigure) -> "AreaFigureOut":
        return cls(**row.model_dump(exclude={"partnership_id", "recorded_by"}))


class AreaFiguresOut(BaseModel):
    items: list[AreaFigureOut]


class CostInputIn(Body):
    """Pounds for so many families; a later one with the same code stands for an earlier."""

    code: CostCode
    amount: Amount = Field(description="Pounds as decimal text, at most two places.", examples=["283644"])
    families: StrictInt = Field(ge=1, le=1_000_000)
    source: Source


class CostInputOut(BaseModel):
    id: UUID
    code: CostCode
    amount: str
    families: int
    source: str
    recorded_at: datetime

    @classmethod
    def of(cls, row: CostInput) -> "CostInputOut":
        return cls(**row.model_dump(exclude={"partnership_id", "recorded_by", "amount"}), amount=str(row.amount))


class CostInputsOut(BaseModel):
    items: list[CostInputOut]


class PublishedOut(BaseModel):
    """What the source of the scheme published; for comparison only."""

    source: str
    families: int | None
    children: int | None
    percent: str | None
    amount: str | None
    note: str | None

    @classmethod
    def of(cls, published: Published | None) -> "PublishedOut | None":
        return None if published is None else cls(source=SOURCE, **asdict(published))


class BaseOut(BaseModel):
    """What a share is a share of."""

    code: str
    unit: Unit
    value: int
    assumed: bool = Field(description="True where the source did not publish its base.")
    note: str | None


class FigureOut(BaseModel):
    """One computed figure; a unit in which it is not counted is null, and units are never mixed."""

    code: str
    label: str
    definition: str
    families: int | None
    children: int | None
    plans: int | None
    percent: str | None = Field(description="Half-up to one place; null when the base is empty.")
    base: BaseOut | None
    published: PublishedOut | None

    @classmethod
    def of(cls, figure: Figure) -> "FigureOut":
        document = asdict(figure) | {"published": PublishedOut.of(figure.published)}
        return cls(**document)


Audience = Literal["operational"]


class ImpactOut(BaseModel):
    """The impact report, unsuppressed: it must not leave the partnership as it is."""

    audience: Audience = "operational"
    first: date | None = Field(alias="from", description="First day of the period; null for all that is known.")
    to: date = Field(description="Last day of the period; results are as they stand at its end.")
    figures: list[FigureOut]


class CostFigureOut(BaseModel):
    """One figure of cost and benefit."""

    code: str
    label: str
    definition: str
    method: Literal["input", "published", "like_for_like"]
    families: int | None = Field(description="The number of families that it is for.")
    value: str = Field(description="Exact where it ends, else to six places.")
    shown: str = Field(description="Rounded half-up, as one would print it.")
    published: PublishedOut | None


class CostOut(BaseModel):
    """The cost report, computed from the latest inputs."""

    audience: Audience = "operational"
    inputs: list[CostInputOut]
    scale: list[AreaFigureOut] = Field(description="The programme over its areas, as put in.")
    figures: list[CostFigureOut] = Field(description="Empty until both inputs are there.")
    missing: list[CostCode] = Field(description="Inputs that are not there yet.")
