"""Types of fields that many bodies share."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$"),
    Field(description="A code of the partnership's lists; never free text.", examples=["neglect"]),
]
Language = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
    Field(description="A language tag (BCP 47).", examples=["en", "bn"]),
]
CensusCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{4}$"),
    Field(description="The national census code, also REFU and NOBT.", examples=["WBRI"]),
]
Outcode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]?$"),
    Field(description="The first half of a postcode.", examples=["SS1"]),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
# Days that anybody living can be asked about; what lies far outside cannot be computed with.
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
Instant = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 2, tzinfo=UTC), le=datetime(2200, 12, 31, tzinfo=UTC))]
HappenedAt = Annotated[Instant | None, Field(description="When it happened, if that is not now; never in the future.")]


class Body(BaseModel):
    """A request body: a field that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Move(Body):
    """A step that needs no words."""

    happened_at: HappenedAt = None


class ReasonedMove(Move):
    """A step that needs a coded reason."""

    reason_code: Code


class HistoryOut(BaseModel):
    """One change of state: who, when, from, to, why."""

    from_status: str | None
    to_status: str
    reason_code: str | None
    actor: str
    actor_organisation: UUID | None
    happened_at: datetime
    recorded_at: datetime


class Versioned(BaseModel):
    """What can be moved with `If-Match`: its id, and the version that the ETag is made of."""

    id: UUID
    version: int
