"""Bodies about leave and cover."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.matching.schemas.common import Body

First = Annotated[date, Field(alias="from", description="The first day of it: a civil day in Europe/London.")]
Last = Annotated[date, Field(alias="to", description="The last day of it, included.")]


class LeaveIn(Body):
    """Somebody is away. Why is not asked: it is nobody's business, and may be health data."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    person: UUID | None = Field(None, description="Who is away; the caller unless given.")
    begins_on: First
    ends_on: Last
    cover: UUID = Field(description="Who of the organisation answers in their place.")


class LeaveOut(BaseModel):
    """A leave of one organisation."""

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    id: UUID
    version: int
    person: UUID
    cover: UUID
    begins_on: First
    ends_on: Last
    back_on: date | None = Field(
        description="Where it was called off: from when they are back. On its first day or before, it never was."
    )


class CoordinatorIn(Body):
    """Who of the volunteer's organisation answers for them; null: nobody in particular, so everybody."""

    coordinator: UUID | None
