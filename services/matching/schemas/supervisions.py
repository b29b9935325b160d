"""Bodies about supervision."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.schemas.common import Body, Day, Text


class SupervisionIn(Body):
    """A session with a volunteer."""

    volunteer: UUID
    held_on: Day
    notes: Text = Field(description="Sealed with the volunteer's key.")


class RecordItem(BaseModel):
    """A Record of Contact since the session before."""

    contact: UUID
    match: UUID
    visit: UUID
    recorded_at: datetime
    concern: bool


class SupervisionOut(BaseModel):
    id: UUID
    volunteer: UUID
    held_on: date
    supervisor: str
    notes: str
    records: list[RecordItem] = Field(description="Records of Contact since the session before.")
    recorded_at: datetime


class SupervisionItem(BaseModel):
    id: UUID
    volunteer: UUID
    held_on: date
    supervisor: str
    records: int
