"""Volunteers, their clearance and the conflicts that stand against a match."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field

from services.matching.models.base import Base, codes, ids
from shared.tables import Tenanted, Versioned, instant, sealed, words


def of_volunteer() -> Any:
    """The volunteer whose row it is."""
    return Field(sa_column_args=[ForeignKey("volunteers.id")])


class Volunteer(Base, Versioned, table=True):
    """A volunteer. Names, birth date, contact and ethnicity are sealed with the volunteer's own key.

    `person_id` is the gateway's person with whom the volunteer signs in, `coordinator_id` the one who answers for them.
    `places_taken` counts live matches, `places_agreed` those of them that are agreed, `visits_taken` the visits a week
    promised in live matches, `open_allegations` allegations that are not decided; they change only under the row's
    lock. `inputs_number` is the newest of the volunteer's `VolunteerInputs`; 0: none yet.
    """

    __tablename__ = "volunteers"
    __table_args__ = (
        UniqueConstraint("partnership_id", "person_id", name="uq_volunteers_person_id"),
        UniqueConstraint("partnership_id", "external_system", "external_id", name="uq_volunteers_external_id"),
        Index("ix_volunteers_partnership_id_status_id", "partnership_id", "status", "id"),
        Index(
            "ix_volunteers_supervised",
            *("partnership_id", "organisation_id", "supervised_on", "id"),
            postgresql_where=text("places_agreed > 0"),
        ),
        Index(
            "ix_volunteers_expiring",
            *("partnership_id", "organisation_id", "clearance_expires_on", "id"),
            postgresql_where=text("status IN ('available', 'matched')"),
        ),
        Index(
            "ix_volunteers_lapsed",
            *("partnership_id", "clearance_expires_on"),
            postgresql_where=text("places_agreed > 0"),
        ),
    )

    organisation_id: UUID
    person_id: UUID | None = None
    external_system: str | None = words(nullable=True)
    external_id: str | None = words(nullable=True)
    status: str = words()
    suspended_from: str | None = words(nullable=True)
    role: str | None = words(nullable=True)
    frequency: str | None = words(nullable=True)
    given_name: bytes = sealed()
    family_name: bytes = sealed()
    birth_date: bytes = sealed()
    contact: bytes = sealed()
    ethnicity: bytes | None = sealed(nullable=True)
    faith: bytes | None = sealed(nullable=True)
    gender: str = words()
    skills: list[str] = codes()
    interests: list[str] = codes()
    knowledge: list[str] = codes()
    languages: list[str] = codes()
    availability: list[str] = codes()
    outcode: str | None = words(nullable=True)
    capacity: int = 1
    visits_a_week: int = 1
    lived_abroad: bool = False
    places_taken: int = 0
    places_agreed: int = 0
    visits_taken: int = 0
    inputs_number: int = 0
    open_allegations: int = 0
    clearance_expires_on: date | None = None
    supervised_on: date | None = None
    coordinator_id: UUID | None = None
    registered_at: datetime = instant()


class VolunteerInputs(Base, Tenanted, table=True):
    """What proposals weighed of one volunteer, as it was; never changed. JSON, sealed with the volunteer's own key."""

    __tablename__ = "volunteer_inputs"
    __table_args__ = (UniqueConstraint("volunteer_id", "number", name="uq_volunteer_inputs_number"),)

    volunteer_id: UUID = of_volunteer()
    number: int
    inputs: bytes = sealed()
    recorded_at: datetime = instant()


class Training(Base, table=True):
    """What the training service has said of a volunteer, kept whenever it comes."""

    __tablename__ = "volunteer_training"

    volunteer_id: UUID = Field(primary_key=True)
    partnership_id: UUID
    started: bool = False
    qualified: bool = False
    not_suitable: bool = False


class Clearance(Base, Tenanted, table=True):
    """A disclosure certificate as far as it may be kept: never its content."""

    __tablename__ = "volunteer_clearances"
    __table_args__ = (Index("ix_volunteer_clearances_volunteer_id", "volunteer_id"),)

    volunteer_id: UUID = of_volunteer()
    level: str = words()
    workforce: str = words()
    issued_on: date
    certificate_number: bytes = sealed()
    seen_by: UUID
    decision: str = words()
    recorded_by: str = words()
    recorded_at: datetime = instant()


class Check(Base, Tenanted, table=True):
    """A reference, the identity, the local authority's check or one abroad."""

    __tablename__ = "volunteer_checks"
    __table_args__ = (Index("ix_volunteer_checks_volunteer_id", "volunteer_id"),)

    volunteer_id: UUID = of_volunteer()
    kind: str = words()
    done_on: date
    satisfactory: bool
    detail: bytes | None = sealed(nullable=True)
    recorded_by: str = words()
    recorded_at: datetime = instant()


class Conflict(Base, Tenanted, table=True):
    """That a volunteer must not be matched with a family: known to it, or a conflict of interest."""

    __tablename__ = "volunteer_conflicts"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "family_id", "kind", name="uq_volunteer_conflicts_kind"),
        Index("ix_volunteer_conflicts_family_id", "family_id"),
    )

    volunteer_id: UUID = of_volunteer()
    family_id: UUID
    kind: str = words()
    recorded_at: datetime = instant()


class Supervision(Base, Tenanted, table=True):
    """A supervision session; notes sealed with the volunteer's key. `contacts` are the records since the last."""

    __tablename__ = "supervisions"
    __table_args__ = (Index("ix_supervisions_volunteer_id_recorded_at", "volunteer_id", "recorded_at"),)

    volunteer_id: UUID = of_volunteer()
    held_on: date
    supervisor: str = words()
    notes: bytes = sealed()
    contacts: list[UUID] = ids()
    recorded_at: datetime = instant()
