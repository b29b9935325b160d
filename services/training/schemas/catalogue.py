"""Bodies of programmes, courses and sessions."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.types import StrictBool, StrictInt

from services.training.domain import CancelReason, OverCapacity, SessionStatus
from services.training.models import Course, Programme, TrainingSession

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)]
Outcode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]?$")]
LONGEST = timedelta(hours=24)


class ProgrammeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Title
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] | None = None


class ProgrammeOut(BaseModel):
    id: UUID
    organisation: UUID = Field(description="The organisation that offers it.")
    title: str
    description: str | None
    version: int

    @classmethod
    def of(cls, programme: Programme) -> Self:
        return cls(
            id=programme.id,
            organisation=programme.organisation_id,
            title=programme.title,
            description=programme.description,
            version=programme.version,
        )


class CourseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    programme: UUID
    title: Title
    topics: list[Line] = Field(default=[], max_length=50)
    learning_outcomes: list[Line] = Field(default=[], max_length=50)
    languages: list[Language] = Field(default=["en"], min_length=1, max_length=20, description="BCP 47 codes.")


class CourseOut(BaseModel):
    id: UUID
    programme: UUID
    organisation: UUID
    title: str
    topics: list[str]
    learning_outcomes: list[str]
    languages: list[str]
    version: int

    @classmethod
    def of(cls, course: Course) -> Self:
        return cls(
            id=course.id,
            programme=course.programme_id,
            organisation=course.organisation_id,
            title=course.title,
            topics=course.topics,
            learning_outcomes=course.learning_outcomes,
            languages=course.languages,
            version=course.version,
        )


class AtVenue(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["venue"]
    name: Title
    outcode: Outcode = Field(description="First half of the postcode, capital letters.")


class Online(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["online"]


Place = Annotated[AtVenue | Online, Field(discriminator="kind")]


class SessionPlan(BaseModel):
    """When, where, by whom and for how many."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    place: Place
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    capacity: StrictInt = Field(ge=1, le=1000, description="The most people there is room for.")
    expected: StrictInt | None = Field(default=None, ge=0, le=1000, description="How many are expected to come.")
    trainers: list[UUID] = Field(min_length=1, max_length=20, description="Person ids.")
    round: UUID | None = Field(default=None, description="A round of the organisation that is not over, on its days.")
    parts: StrictInt = Field(default=1, ge=1, le=10, description="Of how many parts people may attend one or more.")
    delivery_partners: list[Title] = Field(default=[], max_length=20)
    languages: list[Language] = Field(default=[], max_length=20, description="Spoken; BCP 47 codes.")
    interpreters: list[Language] = Field(default=[], max_length=20, description="Interpreted into; BCP 47 codes.")
    topics: list[Line] = Field(default=[], max_length=50)
    learning_outcomes: list[Line] = Field(default=[], max_length=50)
    materials: list[Line] = Field(default=[], max_length=50)
    public: StrictBool = Field(
        default=False, description="Shown to everybody, without venue, partners and trainers, as long as it is planned."
    )
    how_to_book: Line | None = Field(
        default=None,
        description="Shown with it: whom to ask for a place; an address of the organisation, not a person's.",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not timedelta(0) < self.ends_at - self.starts_at <= LONGEST:
            raise ValueError("a session ends after it starts, within a day")
        if len(set(self.trainers)) != len(self.trainers):
            raise ValueError("each trainer is named once")
        if self.public and self.how_to_book is None:
            raise ValueError("a session for everybody says in how_to_book whom to ask")
        return self


class SessionIn(SessionPlan):
    course: UUID


class CancelIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason_code: CancelReason


class CloseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    over_capacity_reason: OverCapacity | None = Field(
        default=None, description="Needed where more people are recorded than there was room for."
    )


class SessionOut(BaseModel):
    id: UUID
    course: UUID
    organisation: UUID
    title: str
    status: SessionStatus
    from_sheet: bool = Field(
        description="Known from an attendance sheet alone, which says nothing of hours, place and room: it starts and"
        " ends with the civil day, has no place, and its capacity is how many came."
    )
    place: Place | None
    starts_at: datetime
    ends_at: datetime
    capacity: int
    expected: int | None
    trainers: list[UUID]
    round: UUID | None
    parts: int
    delivery_partners: list[str]
    languages: list[str]
    interpreters: list[str]
    topics: list[str]
    learning_outcomes: list[str]
    materials: list[str]
    public: bool
    how_to_book: str | None
    over_capacity_reason: OverCapacity | None
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, session: TrainingSession) -> Self:
        return cls(
            id=session.id,
            course=session.course_id,
            organisation=session.organisation_id,
            title=session.title,
            status=session.status,
            from_sheet=session.from_sheet,
            place=_place(session),
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            capacity=session.capacity,
            expected=session.expected,
            trainers=session.trainers,
            round=session.round_id,
            parts=session.parts,
            delivery_partners=session.delivery_partners,
            languages=session.languages,
            interpreters=session.interpreters,
            topics=session.topics,
            learning_outcomes=session.learning_outcomes,
            materials=session.materials,
            public=session.public,
            how_to_book=session.how_to_book,
            over_capacity_reason=session.over_capacity_reason,
            closed_at=session.closed_at,
            version=session.version,
        )


def _place(session: TrainingSession) -> AtVenue | Online | None:
    if session.from_sheet and session.venue is None:
        return None
    if session.online:
        return Online(kind="online")
    return AtVenue(kind="venue", name=session.venue or "", outcode=session.outcode or "")
