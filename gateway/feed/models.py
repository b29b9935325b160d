"""Tables of the feed: events as partners may see them, who was told which, what waits for a number, the last number."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Text, Uuid, text
from sqlmodel import Field

from gateway.tables import Base
from shared.tables import instant, words


class FeedEvent(Base, table=True):
    """One event, stored once. `number` comes later, when no earlier commit can be missing any more."""

    __tablename__ = "feed"
    __table_args__ = (
        Index("uq_feed_number", "partnership_id", "number", unique=True),
        Index("ix_feed_happened", "partnership_id", "happened_at"),
    )

    id: UUID = Field(primary_key=True)
    partnership_id: UUID
    type: str = words()
    family_id: UUID | None = None
    parts: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    audience: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    document: str = words()
    happened_at: datetime = instant()
    stored_at: datetime = instant()
    number: int | None = Field(default=None, sa_type=BigInteger)


class FeedWaiting(Base, table=True):
    """An event without a number yet, in the order of arrival."""

    __tablename__ = "feed_waiting"
    __table_args__ = (Index("uq_feed_waiting_event_id", "event_id", unique=True),)

    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    event_id: UUID
    partnership_id: UUID


class FeedAudience(Base, table=True):
    """That an organisation was told a number; the database adds it when the number is given."""

    __tablename__ = "feed_audiences"

    partnership_id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, primary_key=True))


class FeedCounter(Base, table=True):
    """The last number given in a partnership."""

    __tablename__ = "feed_counters"

    partnership_id: UUID = Field(primary_key=True)
    last: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
