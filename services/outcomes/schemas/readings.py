"""Bodies of stages, readings and evaluations."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StrictInt, StringConstraints, model_validator

from services.outcomes.domain.evaluations import By, Method
from services.outcomes.domain.instruments import Instrument, Occasion
from services.outcomes.models import Evaluation, Reading, Stage
from services.outcomes.schemas.fields import Body, Code, Words

EditionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
Numbers = Annotated[
    dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")], StrictInt], Field(max_length=60)
]


class StageIn(Body):
    """From a day on, a child is at a stage."""

    child: UUID
    level: StrictInt = Field(ge=1, le=4, description="1 universal … 4 acute.")
    from_date: date


class StageOut(BaseModel):
    """One entry of a child's series; a later record for the same day stands for an earlier one."""

    id: UUID
    family: UUID
    child: UUID
    level: int
    from_date: date
    family_level: int = Field(description="The family's stage on that day, as known now: its highest child's.")
    recorded_at: datetime

    @classmethod
    def of(cls, stage: Stage, family_level: int) -> "StageOut":
        return cls(
            id=stage.id,
            family=stage.family_id,
            child=stage.child_id,
            level=stage.level,
            from_date=stage.from_date,
            family_level=family_level,
            recorded_at=stage.recorded_at,
        )


class ReadingIn(Body):
    """Codes and numbers of an instrument on one day; never a word of its questions."""

    family: UUID
    referral: UUID | None = Field(None, description="The referral in whose case it is read.")
    child: UUID | None = Field(None, description="The child that it is of; needed for sdq and school_attendance.")
    person: UUID | None = Field(None, description="The adult that it is of, where it is of one.")
    instrument: Instrument
    edition: EditionName = Field(description="`1` for sdq and school_attendance; for a star the form's own edition.")
    occasion: Occasion
    completed_by: Code = Field(description="Who answered; for sdq one of parent, teacher, self.")
    read_on: date = Field(description="Of school attendance the last day of the period.")
    period_from: date | None = Field(None, description="First day of the period, of school attendance only.")
    age: StrictInt | None = Field(None, ge=0, le=25, description="The child's age in whole years; needed for sdq.")
    areas: Numbers = Field(
        min_length=1,
        description="family_star: area code → 1 to 10; sdq: i1 … i25 → 0, 1, 2, and impact; school_attendance: percent",
    )

    @model_validator(mode="after")
    def _of_one(self) -> "ReadingIn":
        if self.child is not None and self.person is not None:
            raise ValueError("a reading is of a child, of a person, or of the family")
        if self.period_from is not None and not self.period_from <= self.read_on:
            raise ValueError("period_from is not after read_on")
        return self


class ReadingOut(BaseModel):
    """One reading, with what it comes to where it is scored."""

    id: UUID
    family: UUID
    referral: UUID | None
    child: UUID | None
    person: UUID | None
    instrument: str
    edition: str
    occasion: Occasion
    completed_by: str
    read_on: date
    period_from: date | None
    age: int | None
    areas: dict[str, int]
    scores: dict[str, Any] | None = Field(
        description="Of sdq: value and band by scale (emotional, conduct, hyperactivity, peer, prosocial, total, "
        "impact). "
        "A missing value is null, and no band is given under the age of four."
    )
    recorded_at: datetime

    @classmethod
    def of(cls, reading: Reading) -> "ReadingOut":
        renamed = {"family_id", "referral_id", "child_id", "person_id", "partnership_id"}
        return cls(
            **reading.model_dump(exclude=renamed),
            family=reading.family_id,
            referral=reading.referral_id,
            child=reading.child_id,
            person=reading.person_id,
        )


class AreaDistance(BaseModel):
    first: int
    last: int
    change: int


class DistanceOut(BaseModel):
    """The way travelled between the first and the last reading of one subject in one edition."""

    instrument: str
    edition: str
    child: UUID | None
    person: UUID | None
    first: UUID = Field(description="Id of the first reading.")
    last: UUID = Field(description="Id of the last reading.")
    first_on: date
    last_on: date
    areas: dict[str, AreaDistance] = Field(description="Areas that both readings hold.")
    mean_change: str = Field(description="Mean over those areas, to two places.")


class DistancesOut(BaseModel):
    """Distances travelled in one family."""

    items: list[DistanceOut]


class EvaluationIn(Body):
    """An evaluation at the end, conducted by a worker of the scheme."""

    referral: UUID
    family: UUID
    by: By
    volunteer: UUID | None = Field(None, description="Whose it is, if by a volunteer, and then needed.")
    conducted_by: UUID = Field(description="The worker who conducted it.")
    on: date
    scores: Numbers = Field(default_factory=dict)
    text: Words | None = Field(None, description="Their words; kept encrypted under the case's key.")
    on_behalf_of: UUID | None = Field(None, description="The family member whose words are recorded; if by the family.")
    method: Method | None = Field(None, description="How they were taken; if by the family, and then needed.")

    @model_validator(mode="after")
    def _whole(self) -> "EvaluationIn":
        if (self.by is By.VOLUNTEER) is (self.volunteer is None):
            raise ValueError("volunteer is needed in a volunteer's evaluation, and in no other")
        if (self.by is By.FAMILY) is (self.method is None or self.on_behalf_of is None):
            raise ValueError("on_behalf_of and method are needed in a family's evaluation, and in no other")
        if self.by is not By.FAMILY and (self.method or self.on_behalf_of):
            raise ValueError("on_behalf_of and method are needed in a family's evaluation, and in no other")
        return self


class EvaluationOut(BaseModel):
    """One evaluation."""

    id: UUID
    referral: UUID
    family: UUID
    by: By
    volunteer: UUID | None
    conducted_by: UUID
    on: date
    scores: dict[str, int]
    text: str | None
    on_behalf_of: UUID | None
    method: Method | None
    recorded_by: str
    recorded_at: datetime

    @classmethod
    def of(cls, row: Evaluation, text: str | None) -> "EvaluationOut":
        renamed = {"family_id", "referral_id", "volunteer_id", "partnership_id", "held_on", "text"}
        return cls(
            **row.model_dump(exclude=renamed),
            family=row.family_id,
            referral=row.referral_id,
            volunteer=row.volunteer_id,
            on=row.held_on,
            text=text,
        )
