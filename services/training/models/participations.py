"""Tables of who came to community training."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.training.domain import AttendeeStatus, LabelKind, Source
from services.training.models.base import Base
from shared.tables import Tenanted, Versioned, coded, instant, sealed, words


class Label(Base, Versioned, table=True):
    """Words that an organisation's participants are described by, each once, and the standard code they stand for.

    People describe themselves in their own words, so `content` is sealed under the organisation's own key
    (`Subject.case(organisation_id)`) and `fingerprint` is a keyed hash of kind and words. The code is a person's
    decision (`coded_by`); None until then. Labels are never deleted.
    """

    __tablename__ = "labels"
    __table_args__ = (
        Index("uq_labels_words", "partnership_id", "organisation_id", "kind", "fingerprint", unique=True),
        CheckConstraint("kind IN ('organisation', 'ethnicity', 'gender', 'language', 'area')", name="kind"),
    )

    organisation_id: UUID
    kind: LabelKind = coded(LabelKind)
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content: bytes = sealed()
    code: str | None = words(nullable=True)
    coded_at: datetime | None = instant(nullable=True)
    coded_by: str | None = words(nullable=True)


class Attendee(Base, Tenanted, table=True):
    """Someone who gave a name; sealed under a key of their own. The same name with the same group is the same person.

    `fingerprint` is a keyed hash of group and name. Both are empty once the person has been erased.
    """

    __tablename__ = "attendees"
    __table_args__ = (
        Index(
            "uq_attendees_name",
            "partnership_id",
            "organisation_id",
            "fingerprint",
            unique=True,
            postgresql_where=text("fingerprint IS NOT NULL"),
        ),
        CheckConstraint("status IN ('kept', 'held', 'erased')", name="status"),
        CheckConstraint(
            "status <> 'erased' OR (fingerprint IS NULL AND name IS NULL)", name="nothing_is_left_of_who_was_erased"
        ),
    )

    organisation_id: UUID
    fingerprint: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    name: bytes | None = sealed(nullable=True)
    status: AttendeeStatus = coded(AttendeeStatus)
    created_at: datetime = instant()


class Participation(Base, Tenanted, table=True):
    """One person at one session. Without an `attendee_id` the person is anonymous.

    `organisation_id` is whose session it is. `organisation` .. `area` are labels; None was not said. `day` is the civil
    day of the session. `…_chosen` is the code that the person chose for their words: a suggestion, which
    says nothing of what the label stands for. `parts` are the parts of it that the person was at, counted from 1. A
    participation is in the statistics while it is `counted`: since its session was closed, until it is withdrawn as a
    mistake.
    """

    __tablename__ = "participations"
    __table_args__ = (
        Index(None, "session_id", "id"),
        Index(
            "ix_participations_attendees",
            "partnership_id",
            "organisation_id",
            "day",
            "attendee_id",
            postgresql_where=text("counted AND attendee_id IS NOT NULL"),
        ),
        Index(
            "uq_participations_attendee",
            "session_id",
            "attendee_id",
            unique=True,
            postgresql_where=text("attendee_id IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        Index(None, "attendee_id", postgresql_where=text("attendee_id IS NOT NULL")),
        *(
            Index(
                f"ix_participations_{kind}_chosen",
                kind,
                f"{kind}_chosen",
                postgresql_where=text(f"{kind}_chosen IS NOT NULL"),
            )
            for kind in ("ethnicity", "gender")
        ),
        CheckConstraint("source IN ('sheet', 'trainer', 'self')", name="source"),
        CheckConstraint("NOT (counted AND withdrawn_at IS NOT NULL)", name="withdrawn_does_not_count"),
    )

    organisation_id: UUID
    # No foreign keys: a sheet of 100,000 rows would look each of them up six times. Sessions and labels are never
    # deleted, and a trigger looks once a statement whether the sessions are there.
    session_id: UUID
    day: date
    parts: list[int] = Field(sa_column=Column(ARRAY(SmallInteger), nullable=False))
    organisation: UUID
    ethnicity: UUID | None = None
    gender: UUID | None = None
    language: UUID | None = None
    area: UUID | None = None
    ethnicity_chosen: str | None = words(nullable=True)
    gender_chosen: str | None = words(nullable=True)
    attendee_id: UUID | None = None
    import_id: UUID | None = None
    source: Source = coded(Source)
    counted: bool = Field(sa_column=Column(Boolean, nullable=False))
    recorded_at: datetime = instant()
    recorded_by: str = words()
    withdrawn_at: datetime | None = instant(nullable=True)
    withdrawn_by: str | None = words(nullable=True)
