"""Table of sessions that are open to everybody."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.training.domain.openings import Room
from services.training.models.base import Base
from shared.tables import Tenanted, coded, instant, words


class Opening(Base, Tenanted, table=True):
    """What everybody may read of a session, and nothing else; its id is the session's. Online it has no `outcode`.

    It is `open` while the session is public and planned; `room` says how likely a place is, never how many are booked.
    """

    __tablename__ = "openings"
    __table_args__ = (
        Index(None, "starts_at", "id", postgresql_where=text("open")),
        CheckConstraint("room IN ('places', 'few', 'waiting_list')", name="room"),
    )

    open: bool
    course: str = words()
    topics: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    outcode: str | None = words(nullable=True)
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    interpreters: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    how_to_book: str = words()
    room: Room = coded(Room)
