"""Families, the persons in them, and the ids by which others know them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint

from services.referral.models.base import Base
from shared.tables import Tenanted, Versioned, instant, sealed, words


class Family(Base, Versioned, table=True):
    """A family: persons with dated membership. `organisation_id` registered it. Sealed with the case's key."""

    __tablename__ = "families"

    organisation_id: UUID
    registered_at: datetime = instant()
    restricted: bool = False
    languages: bytes | None = sealed(nullable=True)
    ethnicity: bytes | None = sealed(nullable=True)


class Person(Base, Versioned, table=True):
    """A child, parent or other adult; every personal field is sealed with this person's own key."""

    __tablename__ = "persons"

    given_name: bytes | None = sealed(nullable=True)
    family_name: bytes | None = sealed(nullable=True)
    birth_date: bytes | None = sealed(nullable=True)
    expected_date: bytes | None = sealed(nullable=True)
    died_on: bytes | None = sealed(nullable=True)
    gender: bytes | None = sealed(nullable=True)
    ethnicity: bytes | None = sealed(nullable=True)
    address: bytes | None = sealed(nullable=True)
    outcode: bytes | None = sealed(nullable=True)
    phone: bytes | None = sealed(nullable=True)
    safe_contact: bytes | None = sealed(nullable=True)
    confidential: bool = False
    erased_at: datetime | None = instant(nullable=True)


class Membership(Base, Tenanted, table=True):
    """That a person belongs to a family, from and to inclusive."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index("ix_memberships_family_id", "family_id"),
        Index("ix_memberships_person_id", "person_id"),
    )

    family_id: UUID
    person_id: UUID
    role: str = words()
    parental_responsibility: bool = False
    from_date: date
    to_date: date | None = None
    reason_code: str | None = words(nullable=True)


class ExternalId(Base, Tenanted, table=True):
    """An id in somebody else's system: a keyed hash to find it by, and the value sealed."""

    __tablename__ = "external_ids"
    __table_args__ = (
        UniqueConstraint("partnership_id", "subject_kind", "system", "digest", name="uq_external_ids_digest"),
        Index("ix_external_ids_family_id", "family_id"),
    )

    family_id: UUID
    subject_kind: str = words()
    subject_id: UUID
    system: str = words()
    digest: bytes = sealed()
    value: bytes = sealed()
