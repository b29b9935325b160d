"""Bodies of participations: who came to a session, and how many."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.types import StrictInt

from services.training.domain import CENSUS, GenderCode, LabelKind, OverCapacity, Source, WithdrawReason
from services.training.models import Participation
from services.training.schemas.catalogue import Outcode, SessionOut
from services.training.schemas.words import Words

MOST_AT_ONCE: Final = 200


OwnWords = Annotated[Words | None, Field(description="In the person's own words; left out where they did not say.")]


_CHOSEN: Final = (
    "The code that they chose for their own words, if they did: a suggestion to whoever says what the words stand for."
)


def _group(code: str) -> str:
    if all(one.code != code for one in CENSUS.groups):
        raise ValueError(f"is not a code of the list {CENSUS.version}")
    return code


Chosen = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$"), AfterValidator(_group)] | None,
    Field(description=_CHOSEN),
]


class ParticipantIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    organisation: Words = Field(description="The community group that the person came with.")
    ethnicity: OwnWords = None
    gender: OwnWords = None
    language: OwnWords = None
    ethnicity_code: Chosen = None
    gender_code: GenderCode | None = Field(default=None, description=_CHOSEN)
    outcode: Outcode | None = Field(default=None, description="First half of the postcode, capital letters.")
    name: Words | None = Field(default=None, description="Kept sealed. Without it the person stays anonymous.")
    parts: list[StrictInt] | None = Field(
        default=None, min_length=1, max_length=10, description="At which parts they were, from 1; all if left out."
    )

    def words(self) -> dict[LabelKind, str | None]:
        """What they said, by kind."""
        return {
            LabelKind.ORGANISATION: self.organisation,
            LabelKind.ETHNICITY: self.ethnicity,
            LabelKind.GENDER: self.gender,
            LabelKind.LANGUAGE: self.language,
            LabelKind.AREA: self.outcode,
        }


class ParticipationsIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    participants: list[ParticipantIn] = Field(min_length=1, max_length=MOST_AT_ONCE)
    over_capacity_reason: OverCapacity | None = Field(
        default=None, description="Only after the session was closed: why there are more than it had room for."
    )


class WithdrawIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason_code: WithdrawReason


class ParticipationOut(BaseModel):
    """Somebody at a session. Words and name are null where nothing was said, or what was said has been erased."""

    id: UUID
    session: UUID
    organisation: str | None
    ethnicity: str | None
    gender: str | None
    language: str | None
    outcode: str | None
    withheld: list[Literal["ethnicity"]] = Field(
        description="What is not shown of somebody who came anonymously, because too few said it."
    )
    anonymous: bool
    attendee: UUID | None = Field(description="Of somebody who gave a name, and by which they are erased.")
    name: str | None
    parts: list[int]
    source: Source
    counted: bool = Field(description="In the statistics: the session was closed, and this is not withdrawn.")
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @classmethod
    def of(cls, row: Participation, words: dict[UUID, str], name: str | None, *, hides_ethnicity: bool) -> Self:
        def said(label: UUID | None) -> str | None:
            return words.get(label) if label is not None else None

        return cls(
            id=row.id,
            session=row.session_id,
            organisation=said(row.organisation),
            ethnicity=None if hides_ethnicity else said(row.ethnicity),
            gender=said(row.gender),
            language=said(row.language),
            outcode=said(row.area),
            withheld=["ethnicity"] if hides_ethnicity else [],
            anonymous=row.attendee_id is None,
            attendee=row.attendee_id,
            name=name,
            parts=row.parts,
            source=row.source,
            counted=row.counted,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            withdrawn_at=row.withdrawn_at,
            withdrawn_by=row.withdrawn_by,
        )


class RecordedOut(BaseModel):
    items: list[ParticipationOut] = Field(description="In the order in which they were sent.")


Percent = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}\.[0-9]{2}$")]
Hidden = Annotated[Literal["c"] | None, Field(description="`c`: withheld, since people came anonymously to so few.")]


class CellOut(BaseModel):
    label: UUID | None = Field(description="Null: they did not say.")
    words: str | None
    code: str | None = Field(description="The standard code that the words stand for, once somebody has said so.")
    count: int | None
    percent: Percent | None = Field(description="Of all who came, half up; the shares need not add up to 100.00.")
    withheld: Hidden


class GroupingOut(BaseModel):
    by: LabelKind
    cells: list[CellOut] = Field(description="By their words; who did not say comes last.")
    withheld: Hidden


class AttendingOut(BaseModel):
    """Number of participants attending one session, grouped by what they were described as."""

    session: UUID
    title: Literal["Number of participants attending"] = "Number of participants attending"
    total: int
    anonymous: int = Field(description="How many of them gave no name.")
    groupings: list[GroupingOut]


class ClosedOut(BaseModel):
    session: SessionOut
    attending: AttendingOut
