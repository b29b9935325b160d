"""Types that several bodies share."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.matching.domain.geography import is_known

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Codes = Annotated[list[Code], Field(max_length=30)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
ShortText = Annotated[str, StringConstraints(min_length=3, max_length=500, strip_whitespace=True)]
CensusCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{4}$")]
Gender = Literal["female", "male", "non_binary", "other", "undisclosed"]
Day = Annotated[date, Field(description="A civil day in Europe/London.")]


def _known(outcode: str) -> str:
    if not is_known(outcode):
        raise ValueError("is not an outcode of Great Britain")
    return outcode


Outcode = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=4), AfterValidator(_known)]


class Body(BaseModel):
    """A request's body: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class PartOfDay(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Slot(Body):
    """When somebody has time: a weekday and a part of it."""

    weekday: Weekday
    part: PartOfDay

    @property
    def code(self) -> str:
        """As it is stored and compared: `mon-morning`."""
        return f"{self.weekday}-{self.part}"

    @classmethod
    def of(cls, code: str) -> "Slot":
        weekday, _, part = code.partition("-")
        return cls(weekday=Weekday(weekday), part=PartOfDay(part))


Slots = Annotated[list[Slot], Field(max_length=21)]


class ExternalId(Body):
    """The id that this has in somebody else's system."""

    system: Code
    id: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class HistoryOut(BaseModel):
    """One change of state: who, when, from, to, why."""

    from_status: str | None
    to_status: str
    reason_code: str | None
    actor: str
    actor_organisation: UUID | None
    happened_at: datetime
    recorded_at: datetime
