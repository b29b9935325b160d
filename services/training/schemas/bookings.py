"""Bodies of bookings."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.types import StrictInt

from services.training.domain import BookingReason, BookingStatus
from services.training.models import Booking
from services.training.schemas.words import Words


class BookingIn(BaseModel):
    """One place for somebody who gives a name, or some places for people of a community group."""

    model_config = ConfigDict(extra="forbid")

    organisation: Words = Field(description="The community group that they come with.")
    name: Words | None = Field(default=None, description="Kept sealed. Without it nothing is kept but the group.")
    places: StrictInt = Field(default=1, ge=1, le=1000, description="How many people; one where there is a name.")

    @model_validator(mode="after")
    def _one_by_name(self) -> Self:
        if self.name is not None and self.places != 1:
            raise ValueError("each person who gives a name is booked for themselves")
        return self


class BookingCancelIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason_code: BookingReason


class BookingOut(BaseModel):
    """Group and name are null once they have been erased."""

    id: UUID
    session: UUID
    status: BookingStatus = Field(description="`waiting`: they get a place when one is free and it is their turn.")
    turn: int = Field(description="In the order of asking, from 1.")
    places: int
    organisation: str | None = Field(description="The community group that they come with.")
    anonymous: bool
    attendee: UUID | None = Field(description="Of somebody who gave a name, and by which they are erased.")
    name: str | None
    asked_at: datetime
    asked_by: str
    changed_at: datetime
    version: int

    @classmethod
    def of(cls, row: Booking, organisation: str | None, name: str | None) -> Self:
        return cls(
            id=row.id,
            session=row.session_id,
            status=row.status,
            turn=row.turn,
            places=row.places,
            organisation=organisation,
            anonymous=row.attendee_id is None,
            attendee=row.attendee_id,
            name=name,
            asked_at=row.asked_at,
            asked_by=row.asked_by,
            changed_at=row.changed_at,
            version=row.version,
        )


class PlacesOut(BaseModel):
    """How many people a session has room for, and how many have asked."""

    capacity: int
    booked: int
    free: int
    waiting: int = Field(description="People who wait for a place.")
