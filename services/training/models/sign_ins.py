"""Table of the links by which people sign in at a session themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ForeignKey, LargeBinary, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.training.models.base import Base
from shared.tables import Tenanted, instant, words


class SignInLink(Base, Tenanted, table=True):
    """A session has one at most, and a new one takes its place. Of its secret only a keyed hash is kept.

    `organisations` are labels: the groups of which whoever signs in may choose one.
    """

    __tablename__ = "sign_in_links"
    __table_args__ = (UniqueConstraint("session_id"), UniqueConstraint("fingerprint"))

    organisation_id: UUID
    session_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("sessions.id"), nullable=False))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    organisations: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    issued_at: datetime = instant()
    issued_by: str = words()
    revoked_at: datetime | None = instant(nullable=True)
