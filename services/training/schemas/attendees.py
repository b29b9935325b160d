"""Bodies about people who gave a name."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.training.domain import AttendeeStatus, ErasureReason, HoldReason
from services.training.models import Attendee


class AttendeeOut(BaseModel):
    """Somebody who gave a name."""

    id: UUID
    status: AttendeeStatus = Field(description="`held`: on legal hold.")
    name: str | None = Field(description="Null once it has been erased.")
    created_at: datetime

    @classmethod
    def of(cls, row: Attendee, name: str | None) -> Self:
        return cls(id=row.id, status=row.status, name=name, created_at=row.created_at)


class AttendeeErasureIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason_code: ErasureReason


class AttendeeHoldIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason_code: HoldReason
