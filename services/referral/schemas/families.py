"""Bodies about families and the persons in them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StringConstraints, model_validator

from services.referral.domain.family import FamilyRole
from services.referral.schemas.fields import Body, CensusCode, Code, Day, Language, Line, Name, Outcode, Prose

System = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$"),
    Field(description="The name of the other system.", examples=["mosaic"]),
]
Value = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class ExternalIdIn(Body):
    """An id by which another system knows this family or person."""

    system: System
    id: Value


class ExternalIdOut(BaseModel):
    """An id by which another system knows this family or person."""

    system: str
    id: str


class EthnicityIn(Body):
    """People's own words, and the census code that they or the worker chose."""

    census_code: CensusCode | None = None
    own_words: Line | None = None


class EthnicityOut(BaseModel):
    """People's own words, and the census code."""

    census_code: str | None = None
    own_words: str | None = None


class AddressIn(Body):
    """Where somebody lives."""

    lines: list[Line] = Field(min_length=1, max_length=6)
    postcode: Annotated[str, StringConstraints(strip_whitespace=True, max_length=10)] | None = None


class AddressOut(BaseModel):
    """Where somebody lives."""

    lines: list[str]
    postcode: str | None = None


class PersonFields(Body):
    """What is known of a person; all of it is sealed with the person's own key."""

    given_name: Name | None = None
    family_name: Name | None = None
    birth_date: Day | None = None
    expected_date: Day | None = Field(default=None, description="Of a child who is not born yet.")
    died_on: Day | None = None
    gender: Code | None = None
    ethnicity: EthnicityIn | None = None
    address: AddressIn | None = None
    outcode: Outcode | None = None
    phone: Value | None = None
    safe_contact: Prose | None = Field(default=None, description="How and when it is safe to reach them.")
    confidential: StrictBool | None = Field(
        default=None, description="Hides address, outcode and phone from all but the workers named in allocations."
    )


class MembershipFields(Body):
    """What somebody is in the family, and since when."""

    role: FamilyRole
    parental_responsibility: StrictBool = False
    from_date: Day | None = Field(default=None, description="Since when they belong to the family; today if left out.")


class PersonIn(PersonFields, MembershipFields):
    """A person who joins a family."""

    external_ids: list[ExternalIdIn] = Field(default_factory=list, max_length=10)
    la_child_id: Value | None = None
    upn: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{11}[0-9A-Z]$")] | None = None
    nhs_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")] | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> "PersonIn":
        if self.birth_date and self.expected_date:
            raise ValueError("a child has a birth date or an expected date, not both")
        if self.given_name is None and self.expected_date is None:
            raise ValueError("given_name is required, except for a child who is not born yet")
        return self


class FamilyIn(Body):
    """A family to register."""

    persons: list[PersonIn] = Field(min_length=1, max_length=40)
    languages: list[Language] = Field(default_factory=list, max_length=10)
    ethnicity: EthnicityIn | None = Field(default=None, description="How the family describes itself as a whole.")
    external_ids: list[ExternalIdIn] = Field(default_factory=list, max_length=10)


class MemberIn(MembershipFields):
    """Somebody who joins: a new person, or one who is known from another family."""

    person: UUID | None = Field(default=None, description="Who is known already; instead of `details`.")
    details: PersonIn | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "MemberIn":
        if (self.person is None) == (self.details is None):
            raise ValueError("give either person or details")
        return self


class FamilyChangeIn(Body):
    """What has changed. Fields that are left out stay as they are."""

    person: UUID | None = Field(default=None, description="Whom `details` and `left_on` are about.")
    details: PersonFields | None = None
    left_on: Day | None = Field(default=None, description="The last day in the household.")
    reason_code: Code | None = None
    languages: list[Language] | None = Field(default=None, max_length=10)
    ethnicity: EthnicityIn | None = None

    @model_validator(mode="after")
    def _says_whom(self) -> "FamilyChangeIn":
        if self.person is None and (self.details or self.left_on):
            raise ValueError("person is required with details or left_on")
        return self


class RestrictionIn(Body):
    """Whether only persons who are named in allocations may see the case."""

    restricted: StrictBool
    reason_code: Code


class ErasureIn(Body):
    """Why a person's record is destroyed."""

    reason_code: Code


class MemberOut(BaseModel):
    """A person as a member of a family. `erased`: what was known of them cannot be read any more."""

    person: UUID
    role: FamilyRole
    parental_responsibility: bool
    from_date: date
    to_date: date | None
    given_name: str | None = None
    family_name: str | None = None
    birth_date: date | None = None
    expected_date: date | None = None
    died_on: date | None = None
    gender: str | None = None
    ethnicity: EthnicityOut | None = None
    address: AddressOut | None = None
    outcode: str | None = None
    phone: str | None = None
    safe_contact: str | None = None
    confidential: bool = Field(description="Address, outcode and phone are shown to named workers only.")
    external_ids: list[ExternalIdOut] = []
    erased: bool = False


class FamilyOut(BaseModel):
    """A family as its workers see it."""

    id: UUID
    version: int
    organisation: UUID
    registered_at: datetime
    restricted: bool
    languages: list[str]
    ethnicity: EthnicityOut | None
    external_ids: list[ExternalIdOut]
    members: list[MemberOut]


class VisitedMemberOut(BaseModel):
    """A member as a volunteer sees them: the first name."""

    person: UUID
    role: FamilyRole
    given_name: str | None


class VisitedFamilyOut(BaseModel):
    """A family as a volunteer sees it from the introduction on: first names, and the address unless confidential."""

    id: UUID
    members: list[VisitedMemberOut]
    address: AddressOut | None


class RegisteredOut(BaseModel):
    """A family that was registered; `members` in the order of the request."""

    id: UUID
    version: int
    members: list[UUID]
    children: list[UUID]
    adults: list[UUID]


class FamilyItem(BaseModel):
    """A family in a list: ids only."""

    id: UUID
    version: int
    registered_at: datetime
    restricted: bool


class ChildOut(MemberOut):
    """A child, in each family that they belong to."""

    families: list[UUID]


class MemberAdded(BaseModel):
    """Who joined."""

    person: UUID
