"""Bodies about allegations."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.matching.domain.allegations import AllegationStatus, Nature, Outcome, StepKind
from services.matching.schemas.common import Body, Code, Day, Text


class AllegationIn(Body):
    """What is alleged of a volunteer; it suspends them at once."""

    volunteer: UUID
    nature: Nature
    happened_on: Day | None = None
    description: Text = Field(description="Sealed; read by the designated leads only.")


class StepIn(Body):
    """A step that was taken about it."""

    kind: StepKind
    done_on: Day | None = Field(None, description="Today unless given.")
    note: Text | None = Field(None, description="Sealed.")


class DecisionIn(Body):
    """What came of it. Substantiated, it needs the referral to the barring service or a coded reason why not."""

    outcome: Outcome
    decided_on: Day | None = Field(None, description="Today unless given.")
    reasons: Text = Field(description="Sealed.")
    no_barring_code: Code | None = None

    @model_validator(mode="after")
    def _fits(self) -> "DecisionIn":
        if self.no_barring_code is not None and self.outcome is not Outcome.SUBSTANTIATED:
            raise ValueError("no_barring_code belongs to a substantiated allegation")
        return self


class StepOut(BaseModel):
    id: UUID
    kind: StepKind
    done_on: date
    note: str | None
    recorded_at: datetime


class AllegationItem(BaseModel):
    """An allegation in a list, without its words."""

    id: UUID
    version: int
    status: AllegationStatus
    volunteer: UUID
    nature: Nature | None = Field(description="None where a concern has opened it.")
    opened_at: datetime
    lado_due_at: datetime = Field(description="By when the local authority's designated officer has to be told.")
    lado_told_on: date | None
    outcome: Outcome | None
    decided_on: date | None


class AllegationOut(AllegationItem):
    concern: UUID | None = Field(description="The concern that has opened it; its words are there.")
    happened_on: date | None
    description: str | None
    reasons: str | None
    no_barring_code: str | None
    keep_until: date | None = Field(description="The day on which the record goes; set by the decision.")
    steps: list[StepOut]
