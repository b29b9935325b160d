"""Tables of the token issuer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from gateway.tables import Base
from shared.ids import new_id
from shared.tables import Tenanted, instant, sealed, words


def _digest() -> Any:
    return Field(sa_column=Column("id", LargeBinary, primary_key=True))


class PlatformSecret(Base, table=True):
    """A random secret of the gateway, sealed by the key ring, so that the ring can rotate and the secret stays."""

    __tablename__ = "platform_secrets"

    name: str = Field(sa_type=Text, primary_key=True)
    sealed: bytes = sealed()


class SigningKey(Base, table=True):
    """A key that signs tokens from an instant on; its private half is sealed by the key ring."""

    __tablename__ = "signing_keys"

    kid: str = Field(sa_type=Text, primary_key=True)
    public_key: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    private_key: bytes = sealed()
    signs_from: datetime = instant()
    withdrawn_at: datetime | None = instant(nullable=True)


class AuthorizationCode(Base, table=True):
    """A code of the authorization code flow, by its digest; `token_id` says that it was used."""

    __tablename__ = "authorization_codes"

    id: bytes = _digest()
    partnership_id: UUID
    client_id: str = words()
    person_id: UUID
    organisation_id: UUID
    redirect_uri: str = words()
    challenge: str = words()
    scope: str = words()
    expires_at: datetime = instant(index=True)
    token_id: str | None = words(nullable=True)


class Revocation(Base, Tenanted, table=True):
    """Tokens issued up to an instant to a client or a subject, or one token, are good no more."""

    __tablename__ = "revocations"

    kind: str = words()
    value: str = words()
    revoked_at: datetime = instant()
    expires_at: datetime = instant(index=True)


class SignInFailure(Base, table=True):
    """One attempt that has not succeeded, counted under a keyed digest."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index(None, "bucket", "failed_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    bucket: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    failed_at: datetime = instant()


class UsedAssertion(Base, table=True):
    """A client's signed assertion that was used, so that it is not used again."""

    __tablename__ = "used_assertions"

    id: bytes = _digest()
    expires_at: datetime = instant()
