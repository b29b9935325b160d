"""Bodies of inductions: attendance, judgements, the decision."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.types import StrictBool

from services.training.domain import InductionStatus, Part, PartStanding, Suitability, Unsuitable, missing_parts
from services.training.models import Attendance, Induction, Judgement

Notes = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class InductionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    volunteer: UUID


class AttendanceIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    part: Part
    session: UUID = Field(description="The session at which the part took place.")
    attended: StrictBool


class JudgementIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    part: Part
    suitability: Suitability
    notes: Notes | None = Field(default=None, description="Kept encrypted with the volunteer's own key.")


class DecisionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Literal["qualified", "not_suitable"]
    reason_code: Unsuitable | None = Field(default=None, description="Needed for `not_suitable`, and only there.")


class AttendanceOut(BaseModel):
    id: UUID
    part: Part
    entry: int = Field(description="Counts the entries of this part; the last one stands.")
    session: UUID
    attended: bool
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, attendance: Attendance) -> Self:
        return cls(
            id=attendance.id,
            part=attendance.part,
            entry=attendance.entry,
            session=attendance.session_id,
            attended=attendance.attended,
            recorded_at=attendance.recorded_at,
            recorded_by=attendance.recorded_by,
        )


class JudgementOut(BaseModel):
    id: UUID
    part: Part
    entry: int = Field(description="Counts the entries of this part; the last one stands.")
    suitability: Suitability
    notes: str | None = Field(description="Null when there are none, or when they have been erased.")
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, judgement: Judgement, notes: str | None) -> Self:
        return cls(
            id=judgement.id,
            part=judgement.part,
            entry=judgement.entry,
            suitability=judgement.suitability,
            notes=notes,
            recorded_at=judgement.recorded_at,
            recorded_by=judgement.recorded_by,
        )


class InductionLine(BaseModel):
    """An induction in a list."""

    id: UUID
    volunteer: UUID
    organisation: UUID = Field(description="The organisation in whose hands it is.")
    status: InductionStatus
    started_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason_code: Unsuitable | None
    version: int

    @classmethod
    def of(cls, induction: Induction) -> Self:
        return cls(**_line(induction))


class PartOut(BaseModel):
    part: Part
    attended: bool | None = Field(description="Null while nothing is recorded.")
    suitability: Suitability | None
    complete: bool


class InductionOut(InductionLine):
    """An induction with the standing of its parts."""

    parts: list[PartOut]
    missing: list[Part] = Field(description="Parts that still stand before `qualified`.")

    @classmethod
    def with_parts(cls, induction: Induction, parts: dict[Part, PartStanding]) -> Self:
        shown = [
            PartOut(part=part, attended=one.attended, suitability=one.suitability, complete=one.complete)
            for part, one in parts.items()
        ]
        return cls(**_line(induction), parts=shown, missing=missing_parts(parts))


class ChangeOut(BaseModel):
    """One change of status: from, to, when, who, why."""

    model_config = ConfigDict(extra="ignore")

    from_status: InductionStatus | None
    to_status: InductionStatus
    reason_code: str | None
    actor: str
    actor_organisation: UUID | None
    happened_at: datetime
    recorded_at: datetime


def _line(induction: Induction) -> dict[str, Any]:
    return {
        "id": induction.id,
        "volunteer": induction.volunteer_id,
        "organisation": induction.organisation_id,
        "status": induction.status,
        "started_at": induction.started_at,
        "decided_at": induction.decided_at,
        "decided_by": induction.decided_by,
        "reason_code": induction.reason_code,
        "version": induction.version,
    }
