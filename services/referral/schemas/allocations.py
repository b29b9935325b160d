"""Bodies about allocations: who works with which family."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.referral.schemas.fields import Body, Code, Day

WorkerRole = Literal[
    "social_worker", "lead_practitioner", "la_manager", "operational_link", "project_manager", "coordinator", "advocate"
]


class AllocationIn(Body):
    """A worker of the caller's own organisation who works with a family."""

    family: UUID
    person: UUID
    role: WorkerRole
    from_date: Day | None = Field(default=None, description="Today if left out.")
    to_date: Day | None = Field(default=None, description="The last day.")
    covers: UUID | None = Field(default=None, description="The allocation of whoever is away.")

    @model_validator(mode="after")
    def _in_order(self) -> "AllocationIn":
        if self.from_date and self.to_date and self.to_date < self.from_date:
            raise ValueError("to_date is before from_date")
        return self


class AllocationEndIn(Body):
    """When and why the work ends."""

    to_date: Day | None = Field(default=None, description="The last day; left out, it ends at once.")
    reason_code: Code


class AllocationOut(BaseModel):
    """Who works with which family, from and to inclusive."""

    id: UUID
    version: int
    family: UUID
    organisation: UUID
    person: UUID
    role: str
    from_date: date
    to_date: date | None
    covers: UUID | None
    end_reason: str | None
