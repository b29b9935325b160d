"""Bodies of releases, and what everybody may read of them."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from services.training.domain.releases import By, Refusal, ReleaseStatus, Stage
from services.training.models import Publication, Release
from services.training.schemas.catalogue import Title
from services.training.schemas.rounds import Day
from shared.disclosure.policy import DEFAULT, Policy, Zeros


class PolicyIn(BaseModel):
    """The default is the Department for Education's."""

    model_config = ConfigDict(extra="forbid")

    threshold: Annotated[StrictInt, Field(ge=3, le=100)] = Field(
        default=DEFAULT.threshold, description="Counts from 1 to one less than this are hidden."
    )
    rounding: Annotated[StrictInt, Field(ge=2, le=1000)] | None = Field(
        default=DEFAULT.rounding, description="Base to which the overall total is rounded; 10 for national ones."
    )
    zeros: Zeros = Field(default=DEFAULT.zeros, description="Whether a zero is shown or hidden too.")
    secondary: StrictBool = Field(
        default=DEFAULT.secondary, description="Whether further counts are hidden, so that no hidden one can be told."
    )

    def value(self) -> Policy:
        usual = self == PolicyIn()
        return Policy(DEFAULT.version if usual else "own-1", self.threshold, self.rounding, self.zeros, self.secondary)


class TableIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: By
    across: By | None = None

    @model_validator(mode="after")
    def _crosses_another(self) -> Self:
        if self.by is self.across:
            raise ValueError("a table is crossed by another dimension")
        return self


class ReleaseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Title
    first: Day = Field(alias="from", description="First civil day.")
    until: Day = Field(description="Last civil day, which counts too.")
    tables: list[TableIn] = Field(min_length=1, max_length=10)
    policy: PolicyIn = PolicyIn()
    round: UUID | None = Field(default=None, description="Only the sessions of this round.")
    programme: UUID | None = Field(default=None, description="Only the sessions of this programme.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.until < self.first:
            raise ValueError("a release does not end before it begins")
        if len({(one.by, one.across) for one in self.tables}) != len(self.tables):
            raise ValueError("each table is named once")
        if self.policy.zeros is Zeros.HIDDEN and any(By.MONTH in {one.by, one.across} for one in self.tables):
            raise ValueError("in which months nobody came is known: zeros of months cannot be hidden")
        return self


class PolicyOut(BaseModel):
    version: str
    threshold: int
    rounding: int | None
    zeros: Zeros
    secondary: bool
    width: int = Field(
        description="How far apart the least and the most must lie that can be worked out of a small count."
    )


class TableOut(BaseModel):
    by: By
    across: By | None


class ValueOut(BaseModel):
    value: str
    label: str


class DimensionOut(BaseModel):
    name: By
    values: list[ValueOut]


class CellOut(BaseModel):
    values: list[str | None] = Field(description="One of each dimension; null is the total over it.")
    count: int | str = Field(description="The count, or a mark.")
    percentage: str = Field(description="Of the overall total, with one decimal; or a mark.")


class ShownTable(BaseModel):
    by: By
    across: By | None
    dimensions: list[DimensionOut]
    cells: list[CellOut]


class VerdictOut(BaseModel):
    """That nothing hidden can be worked out, and how much was looked at."""

    passed: bool
    releases: int = Field(description="This one, and the earlier ones that share sessions with it.")
    hidden: int = Field(description="Counts that are hidden.")
    implied: int = Field(description="Counts that no table shows but that subtracting could tell.")


class ShownRelease(BaseModel):
    """What is published, as it was frozen."""

    counted_at: datetime | None
    ethnic_groups: str = Field(description="Version of the list of ethnic groups.")
    policy: PolicyOut
    marks: dict[str, str]
    tables: list[ShownTable]
    verdict: VerdictOut


class BoundsOut(BaseModel):
    where: dict[str, str]
    least: int
    most: int | None
    safe: bool


class ProgressOut(BaseModel):
    stage: Stage
    since: datetime
    attempts: int


class ReleaseLine(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    organisation: UUID
    title: str
    status: ReleaseStatus
    first: date = Field(alias="from")
    until: date
    round: UUID | None
    programme: UUID | None
    tables: list[TableOut]
    policy: PolicyOut
    counted_at: datetime | None
    audited_at: datetime | None
    refusal: Refusal | None
    progress: ProgressOut | None
    version: int

    @classmethod
    def of(cls, row: Release, **more: Any) -> Self:
        return cls(
            id=row.id,
            organisation=row.organisation_id,
            title=row.title,
            status=row.status,
            first=row.from_day,
            until=row.until_day,
            round=row.round_id,
            programme=row.programme_id,
            tables=[TableOut(**one) for one in row.tables],
            policy=PolicyOut(**row.policy),
            counted_at=row.counted_at,
            audited_at=row.audited_at,
            refusal=row.refusal,
            progress=_progress(row),
            version=row.version,
            **more,
        )


def _progress(row: Release) -> ProgressOut | None:
    if row.stage is None or row.stage_at is None:
        return None
    return ProgressOut(stage=row.stage, since=row.stage_at, attempts=row.attempts)


class ReleaseOut(ReleaseLine):
    shown: ShownRelease | None = Field(description="The tables as they are or would be published, once audited.")
    bounds: list[BoundsOut] = Field(description="Of each hidden count, what anybody can work out at best.")


class PublicLine(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    partnership: UUID
    title: str
    first: date = Field(alias="from")
    until: date
    published_at: datetime

    @classmethod
    def of(cls, row: Publication, **more: Any) -> Self:
        return cls(
            id=row.id,
            partnership=row.partnership_id,
            title=row.title,
            first=row.from_day,
            until=row.until_day,
            published_at=row.published_at,
            **more,
        )


class PublicRelease(PublicLine):
    shown: ShownRelease
