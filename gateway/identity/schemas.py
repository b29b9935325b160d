"""Bodies of partnerships, organisations and people."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StringConstraints, field_validator

from gateway.identity.domain import OrganisationKind, is_email
from gateway.identity.models import Membership, Organisation, Partnership
from shared.auth import Role

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$")]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)]
Places = Annotated[StrictInt, Field(ge=0, le=100_000)]
SECRET = "Shown this once; the answer to a repeated request does not hold it."  # noqa: S105 - a description


class Body(BaseModel):
    """A request body: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


class PartnershipSettings(Body):
    """What a partnership decides for itself."""

    places_a_year: Places | None = Field(default=None, description="Families that the scheme can take in a year.")
    places_for_high_level_cin: Places | None = Field(default=None, description="How many of them for high-level CIN.")
    may_refer: list[Role] = Field(default_factory=list, max_length=20, description="Roles that may refer; empty: all.")


class PartnershipIn(Body):
    """A new partnership with its local authority."""

    name: Name
    scheme_name: Name = Field(description="The scheme's local name.")
    local_authority: Name = Field(description="Name of the local authority, which is its first organisation.")
    settings: PartnershipSettings = Field(default_factory=PartnershipSettings)


class PartnershipChange(Body):
    """All that can be changed, as it is to be."""

    scheme_name: Name
    settings: PartnershipSettings


class PartnershipOut(BaseModel):
    """A partnership: the tenant."""

    id: UUID
    name: str
    scheme_name: str
    settings: PartnershipSettings
    created_at: datetime

    @classmethod
    def of(cls, row: Partnership) -> "PartnershipOut":
        return cls.model_validate(row, from_attributes=True)


class OrganisationIn(Body):
    """A new organisation of the partnership."""

    name: Name
    kind: Literal["la", "scheme", "vcs", "faith", "statutory"]
    sector: Code | None = Field(
        default=None, description="Code of the sector it speaks for, e.g. `childrens-services`."
    )


class OrganisationChange(Body):
    """All that can be changed, as it is to be."""

    name: Name
    sector: Code | None = None


class OrganisationOut(BaseModel):
    """An organisation of the partnership."""

    id: UUID
    name: str
    kind: OrganisationKind
    sector: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: Organisation) -> "OrganisationOut":
        return cls.model_validate(row, from_attributes=True)


class PersonDetails(Body):
    """Who somebody is."""

    display_name: Name
    email: Email = Field(description="With which they sign in; kept sealed.")

    @field_validator("email")
    @classmethod
    def _looks_like_one(cls, value: str) -> str:
        if not is_email(value):
            raise ValueError("is not an e-mail address")
        return value


class PersonIn(PersonDetails):
    """Somebody who is to sign in."""

    reference: Reference | None = Field(default=None, description="Your own key for them, e.g. a staff number.")


class MembershipIn(Body):
    """What somebody does for an organisation."""

    organisation: UUID
    roles: list[Role] = Field(min_length=1, max_length=20)
    starts_at: AwareDatetime | None = Field(default=None, alias="from", description="Now, unless given.")
    ends_at: AwareDatetime | None = Field(default=None, alias="to", description="The first instant without it.")


class MembershipOut(BaseModel):
    """A membership; its ETag for ending it is `"version"`."""

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    id: UUID
    organisation: UUID
    roles: list[Role]
    starts_at: datetime = Field(alias="from")
    ends_at: datetime | None = Field(alias="to")
    version: int

    @classmethod
    def of(cls, row: Membership) -> "MembershipOut":
        fields: dict[str, Any] = {name: getattr(row, name) for name in ("id", "starts_at", "ends_at", "version")}
        return cls(organisation=row.organisation_id, roles=[Role(role) for role in row.roles], **fields)


class PersonOut(BaseModel):
    """Somebody who may sign in. The address is shown to administrators and to themselves only."""

    id: UUID
    reference: str | None
    display_name: str | None = Field(description="Null when it has been erased.")
    email: str | None
    has_password: bool | None = Field(description="Shown with the address only.")
    memberships: list[MembershipOut]


class Me(BaseModel):
    """The caller, and as whom they act."""

    person: PersonOut
    partnership: PartnershipOut
    organisation: OrganisationOut
    roles: list[Role]


class InvitationOut(BaseModel):
    """With the code and their address they set a password at `/oauth/password`. A former code is good no more."""

    code: str | None = Field(default=None, description=SECRET)
    expires_at: datetime


class SignedOut(BaseModel):
    """Every session and token from before is good no more."""

    signed_out_at: datetime


class ExternalIdentityIn(Body):
    """Under which identity an external issuer knows them."""

    issuer: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    organisation: UUID | None = Field(default=None, description="For whom they act by it; needed with several.")


class ExternalIdentityOut(BaseModel):
    """An identity at an external issuer; the subject itself is kept as a keyed digest only."""

    id: UUID
    issuer: str
    organisation: UUID | None
    created_at: datetime
