"""Bodies about visits and Records of Contact."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StrictBool, StringConstraints, model_validator

from services.matching.domain.visits import LONGEST, Presence, VisitStatus
from services.matching.schemas.common import Body, Code, Text

Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class VisitIn(Body):
    """When a visit is planned."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime

    @model_validator(mode="after")
    def _in_order(self) -> "VisitIn":
        if not timedelta() < self.ends_at - self.starts_at <= LONGEST:
            raise ValueError("ends_at comes after starts_at, at most a day later")
        return self


class OutcomeIn(Body):
    """What became of a visit; the times only for one that happened otherwise than planned."""

    outcome: Annotated[VisitStatus, Field(description="Every status but `planned`.")]
    happened_from: AwareDatetime | None = None
    happened_until: AwareDatetime | None = None
    reason_code: Code | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "OutcomeIn":
        if self.outcome is VisitStatus.PLANNED:
            raise ValueError("planned is not an outcome")
        times = (self.happened_from, self.happened_until)
        if any(times) and (self.outcome is not VisitStatus.HAPPENED or None in times):
            raise ValueError("both times, and only for a visit that happened")
        if self.happened_from and self.happened_until and self.happened_from >= self.happened_until:
            raise ValueError("happened_until comes after happened_from")
        return self


class VisitOut(BaseModel):
    id: UUID
    version: int
    match: UUID
    status: VisitStatus
    starts_at: datetime
    ends_at: datetime
    happened_from: datetime | None
    happened_until: datetime | None
    contact_due_at: datetime | None = Field(description="By when the Record of Contact is due; none where none is.")
    contact_recorded_at: datetime | None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = Field(None, description="Also when it came late.")
    not_checked_out_at: datetime | None = Field(None, description="When it was told that nobody had checked out.")


class LinkOut(BaseModel):
    """A link to check in and out with; shown this once."""

    secret: str = Field(description="Put it behind the `#` of an address, so that no server and no log sees it.")
    valid_from: datetime
    valid_until: datetime


class HeldIn(Body):
    """The link that somebody holds."""

    secret: Secret


class CheckInOut(BaseModel):
    """All that a link tells: when, and whether the volunteer has checked in and out. Nothing of the family."""

    presence: Presence
    starts_at: datetime
    ends_at: datetime
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    now: datetime = Field(description="The platform's own clock, which all of these times are of.")


class SeenIn(Body):
    """Whether a child was seen, and alone."""

    child: UUID
    seen: StrictBool
    seen_alone: StrictBool = False

    @model_validator(mode="after")
    def _alone_is_seen(self) -> "SeenIn":
        if self.seen_alone and not self.seen:
            raise ValueError("who was seen alone was seen")
        return self


class _Record(Body):
    seen: list[SeenIn] = Field(max_length=30, description="One line for every child of the case.")
    tasks_done: list[UUID] = Field(max_length=50, description="Tasks of the agreed involvement plan.")
    notes: Text
    concern: StrictBool = Field(False, description="Something worried the volunteer; raise it as a concern too.")


class ContactIn(_Record):
    """A Record of Contact for a visit that happened."""

    visit: UUID


class CorrectionIn(_Record):
    """The whole record anew; the one before stays as it was."""


class ContactOut(BaseModel):
    """A Record of Contact; `hash` binds it to the one before it in the match's chain."""

    id: UUID
    match: UUID
    visit: UUID
    volunteer: UUID
    position: int
    version_number: int = Field(description="1 is the first record of the visit; corrections count on.")
    corrects: UUID | None
    superseded_by: UUID | None = Field(None, description="The correction that replaced it.")
    seen: list[SeenIn]
    tasks_done: list[UUID]
    notes: str
    concern: bool
    recorded_by: str
    recorded_at: datetime
    hash: str
    next_step: str | None = Field(None, description="What to do at once where there is a concern.")


class ChainOut(BaseModel):
    """Whether the match's records are as they were written."""

    intact: bool
    length: int
    head: str
    broken_at: int | None = Field(description="The first position that does not fit.")


class OverdueOut(BaseModel):
    """A visit whose record is late."""

    visit: UUID
    match: UUID
    volunteer: UUID
    family: UUID
    ends_at: datetime
    due_at: datetime
