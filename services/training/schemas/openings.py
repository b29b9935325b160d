"""What everybody may read of a session that is open to book."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.training.domain import Room
from services.training.models import Opening


class OpeningOut(BaseModel):
    id: UUID
    partnership: UUID
    course: str
    topics: list[str]
    starts_at: datetime
    ends_at: datetime
    outcode: str | None = Field(description="First half of the venue's postcode; null: it is online.")
    languages: list[str] = Field(description="Spoken; BCP 47 codes.")
    interpreters: list[str] = Field(description="Interpreted into; BCP 47 codes.")
    how_to_book: str
    room: Room = Field(description="`few`: three, or a tenth of a larger room. How many are booked is not told.")

    @classmethod
    def of(cls, row: Opening) -> Self:
        return cls(
            id=row.id,
            partnership=row.partnership_id,
            course=row.course,
            topics=row.topics,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            outcode=row.outcode,
            languages=row.languages,
            interpreters=row.interpreters,
            how_to_book=row.how_to_book,
            room=row.room,
        )
