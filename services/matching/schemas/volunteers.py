"""Bodies about volunteers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictInt, StringConstraints

from services.matching.domain.clearance import Frequency, VolunteerRole
from services.matching.domain.volunteers import VolunteerStatus
from services.matching.schemas.common import (
    Body,
    CensusCode,
    Code,
    Codes,
    Day,
    ExternalId,
    Gender,
    Language,
    Name,
    Outcode,
    Slots,
)

Languages = Annotated[list[Language], Field(max_length=20)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9 ()-]{5,25}$")]


class ContactDetails(Body):
    """How to reach a volunteer."""

    email: Email | None = None
    phone: Phone | None = None
    address: Annotated[str, StringConstraints(max_length=500)] | None = None


class Profile(Body):
    """What matching weighs."""

    gender: Gender = "undisclosed"
    ethnicity: CensusCode | None = Field(
        None, description="The national census code; looked at only where the family wishes it."
    )
    faith: Code | None = Field(None, description="Looked at only where the family wishes it.")
    skills: Codes = Field(default_factory=list)
    interests: Codes = Field(default_factory=list)
    knowledge: Codes = Field(default_factory=list)
    languages: Languages = Field(default_factory=list)
    availability: Slots = Field(default_factory=list)
    outcode: Outcode | None = None
    capacity: StrictInt = Field(1, ge=1, le=5, description="How many families at once.")
    visits_a_week: StrictInt = Field(
        1, ge=1, le=21, description="How many visits a week are possible, to all families together."
    )


class VolunteerIn(Profile):
    """Somebody who enquires about volunteering."""

    given_name: Name
    family_name: Name
    birth_date: date
    contact: ContactDetails = Field(default_factory=ContactDetails)
    person: UUID | None = Field(None, description="The gateway's person with whom the volunteer signs in.")
    organisation: UUID | None = Field(None, description="The scheme; the caller's organisation unless given.")
    external_id: ExternalId | None = None


class ApplyIn(Body):
    """What the volunteer applies for."""

    role: VolunteerRole = VolunteerRole.LONE_HOME_VISITOR
    frequency: Frequency = Frequency.WEEKLY_OR_MORE
    lived_abroad: StrictBool = Field(False, description="Whether a check abroad is needed.")


class ReasonIn(Body):
    """Why, in a code."""

    reason_code: Code
    happened_on: Day | None = Field(None, description="When it happened; today unless given.")


class SignInIn(Body):
    """With which person of the gateway the volunteer signs in."""

    person: UUID


class ConflictIn(Body):
    """A family with whom this volunteer must not be matched."""

    family: UUID
    kind: Annotated[str, Field(pattern="^(conflict_of_interest|known_to_family)$")]


class ConflictOut(BaseModel):
    id: UUID
    family: UUID
    kind: str


class ClearanceState(BaseModel):
    """Whether everything is current today, and if not, what is missing."""

    current: bool
    missing: list[str]
    expires_on: date | None


class VolunteerOut(BaseModel):
    """A volunteer. Contact, birth date, ethnicity and faith only for who looks after volunteers, and for themselves."""

    id: UUID
    version: int
    status: VolunteerStatus
    organisation: UUID
    person: UUID | None
    coordinator: UUID | None = Field(description="Who of the organisation answers for them; null: everybody.")
    external_id: ExternalId | None
    given_name: str
    family_name: str
    birth_date: date | None = None
    contact: ContactDetails | None = None
    ethnicity: str | None = None
    faith: str | None = None
    role: VolunteerRole | None
    frequency: Frequency | None
    gender: str
    skills: list[str]
    interests: list[str]
    knowledge: list[str]
    languages: list[str]
    availability: Slots
    outcode: str | None
    capacity: int
    places_taken: int
    visits_a_week: int
    clearance: ClearanceState | None = None


class EnquiryOut(BaseModel):
    """What an enquirer's client gets back: that it was taken down."""

    id: UUID
    version: int
    status: VolunteerStatus
