"""Tables of identity."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from gateway.tables import Base
from shared.ids import new_id
from shared.tables import Tenanted, Versioned, instant, sealed, words


def _roles() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


class Partnership(Base, table=True):
    """The tenant."""

    __tablename__ = "partnerships"
    __table_args__ = (UniqueConstraint("name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    name: str = words()
    scheme_name: str = words()
    settings: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = instant()


class Organisation(Base, Versioned, table=True):
    """One organisation of a partnership."""

    __tablename__ = "organisations"
    __table_args__ = (UniqueConstraint("partnership_id", "name"),)

    partnership_id: UUID = Field(foreign_key="partnerships.id")
    name: str = words()
    kind: str = words()
    sector: str | None = words(nullable=True)
    created_at: datetime = instant()


class Person(Base, Versioned, table=True):
    """Somebody who may sign in. Name and address are sealed with the person's own key."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("partnership_id", "reference"),)

    partnership_id: UUID = Field(foreign_key="partnerships.id")
    reference: str | None = words(nullable=True)
    display_name: bytes = sealed()
    email: bytes = sealed()
    password_hash: str | None = words(nullable=True)
    invitation_hash: bytes | None = sealed(nullable=True)
    invitation_until: datetime | None = instant(nullable=True)
    signed_out_at: datetime | None = instant(nullable=True)
    created_at: datetime = instant()


class Membership(Base, Versioned, table=True):
    """What a person does for an organisation, from when to when."""

    __tablename__ = "memberships"

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    roles: list[str] = _roles()
    starts_at: datetime = instant()
    ends_at: datetime | None = instant(nullable=True)


class Client(Base, Versioned, table=True):
    """A system that calls the platform for an organisation."""

    __tablename__ = "clients"
    __table_args__ = (UniqueConstraint("partnership_id", "name"),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    name: str = words()
    kind: str = words()
    status: str = words()
    roles: list[str] = _roles()
    secret_hash: bytes | None = sealed(nullable=True)
    former_secret_hash: bytes | None = sealed(nullable=True)
    former_secret_until: datetime | None = instant(nullable=True)
    public_key: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    created_at: datetime = instant()


class SignInName(Base, Tenanted, table=True):
    """Under which name somebody is known before their partnership is: a keyed digest, never the name itself."""

    __tablename__ = "sign_in_names"
    __table_args__ = (UniqueConstraint("name", "partnership_id"),)

    kind: str = words()
    name: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    person_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    client_id: UUID | None = Field(default=None, foreign_key="clients.id", index=True)
    organisation_id: UUID | None = None
    issuer: str | None = words(nullable=True)
    created_at: datetime = instant()
