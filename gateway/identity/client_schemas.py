"""Bodies of clients."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictInt

from gateway.identity.domain import ClientKind, ClientStatus
from gateway.identity.models import Client
from gateway.identity.schemas import SECRET, Body, Name, OrganisationOut, PartnershipOut
from shared.auth import Role


class ClientIn(Body):
    """A new client. With a public key it proves itself by signed assertions, else by a secret."""

    organisation: UUID
    name: Name
    kind: ClientKind
    roles: list[Role] = Field(default_factory=list, max_length=20, description="The kind's usual one unless given.")
    public_key: dict[str, str] | None = Field(
        default=None, max_length=12, description="A public JWK: RSA (2048 to 4096 bits) or EC on P-256."
    )


class AdministratorIn(Body):
    """A further administration client for a partnership whose own are lost."""

    name: Name


class Rotation(Body):
    """How long the former secret stays good beside the new one; at once and with its tokens gone when 0."""

    keep_former_seconds: Annotated[StrictInt, Field(ge=0, le=86_400)] = 0


class ClientOut(BaseModel):
    """A system that calls for an organisation. Its id is its `client_id` at the token endpoint."""

    id: UUID
    organisation: UUID
    name: str
    kind: ClientKind
    status: ClientStatus
    roles: list[Role]
    authentication: Literal["client_secret", "private_key_jwt"]
    created_at: datetime

    @classmethod
    def of(cls, row: Client) -> "ClientOut":
        return cls(
            id=row.id,
            organisation=row.organisation_id,
            name=row.name,
            kind=ClientKind(row.kind),
            status=ClientStatus(row.status),
            roles=[Role(role) for role in row.roles],
            authentication="client_secret" if row.public_key is None else "private_key_jwt",
            created_at=row.created_at,
        )


class ClientMade(BaseModel):
    """A client, and its secret where it has one."""

    client: ClientOut
    client_secret: str | None = Field(default=None, description=SECRET)


class PartnershipMade(BaseModel):
    """A partnership with its local authority and the client with which its administration begins."""

    partnership: PartnershipOut
    local_authority: OrganisationOut
    administrator: ClientOut
    client_secret: str | None = Field(default=None, description=SECRET)
