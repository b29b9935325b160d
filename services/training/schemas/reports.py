"""What is asked of a report on attendance, and its answer."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.training.domain.reports import Count, Dimension, Key
from services.training.schemas.rounds import Code, Day

GroupCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class Scope(StrEnum):
    """Whose participations: the caller's organisation's, or all of the partnership's."""

    ORGANISATION = "organisation"
    PARTNERSHIP = "partnership"


class Format(StrEnum):
    """The forms of a report."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"
    SVG = "svg"


class ReportQuery(BaseModel):
    """What to count by, between which civil days, and of whom."""

    model_config = ConfigDict(extra="forbid")

    by: Dimension
    across: Dimension | None = Field(None, description="A second dimension: one column for each of its values.")
    first: Day = Field(alias="from", description="First civil day.")
    until: Day = Field(description="Last civil day, which counts too.")
    scope: Scope | None = Field(None, description="Analysts and LA managers: `partnership`; everybody else: their own.")
    session: UUID | None = Field(None, description="Only this session.")
    round: UUID | None = Field(None, description="Only sessions of this round.")
    funder: Code | None = Field(None, description="Only sessions of rounds with this funder.")
    organisation: UUID | None = Field(None, description="Only who came with this group: the id of its label.")
    ethnicity: GroupCode | None = Field(None, description="Only this code.")
    ethnicity_label: UUID | None = Field(None, description="Only these own words: the id of a label.")
    gender: GroupCode | None = Field(None, description="Only this code.")
    gender_label: UUID | None = Field(None, description="Only these own words: the id of a label.")
    language: GroupCode | None = Field(None, description="Only this code.")
    area: GroupCode | None = Field(None, description="Only this outcode.")
    people: bool = Field(False, description="Count distinct people too, of those who gave a name.")
    format: Format = Format.JSON

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.until < self.first:
            raise ValueError("a period does not end before it begins")
        if self.by is self.across:
            raise ValueError("two dimensions are two")
        return self


class KeyOut(BaseModel):
    key: str = Field(
        description="An id, a code or a month; `none` where nothing was said, `uncoded` without a code yet."
    )
    label: str
    code: str | None = Field(description="Of own words, the code that they stand for.")

    @classmethod
    def of(cls, key: Key) -> Self:
        return cls(key=key.key, label=key.label, code=key.code)


class CountOut(BaseModel):
    count: int | None = Field(description="None where it is withheld.")
    percentage: str | None = Field(description="Of the total, two decimals, rounded half up.")

    @classmethod
    def of(cls, one: Count) -> Self:
        return cls(count=one.count, percentage=None if one.percentage is None else str(one.percentage))


class RowOut(BaseModel):
    key: str
    label: str
    code: str | None
    count: int | None
    percentage: str | None
    cells: list[CountOut] = Field(description="In the order of the columns.")


class PeopleOut(BaseModel):
    """Distinct people: another figure than participations, and never added to them."""

    distinct: int = Field(description="People who gave a name, each once.")
    named: int = Field(description="Participations of those.")
    anonymous: int = Field(description="Participations of whoever gave no name.")


class ReportOut(BaseModel):
    """Number of participants attending."""

    model_config = ConfigDict(populate_by_name=True)

    title: str
    definition: str
    by: Dimension
    across: Dimension | None
    first: date = Field(alias="from")
    until: date
    scope: Scope
    total: int
    withheld: bool = Field(description="Whether some counts are not shown.")
    columns: list[KeyOut]
    rows: list[RowOut]
    people: PeopleOut | None = Field(description="Where it was asked for.")
