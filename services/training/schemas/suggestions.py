"""Bodies of suggestions."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.training.domain import About, SuggestionStatus, Voice
from services.training.models import Suggestion

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class SuggestionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    about: About
    about_id: UUID = Field(description="Of the programme, course or round that it is about.")
    voice: Voice = Field(description="Whose suggestion it is.")
    content: Text = Field(description="What is suggested, as it was said. Kept sealed.")


class AnswerIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Literal["taken_up", "not_taken_up"]
    answer: Text = Field(description="How it is taken up, or why not. Kept sealed.")


class SuggestionOut(BaseModel):
    """What was said is null once it has been erased."""

    id: UUID
    about: About
    about_id: UUID
    voice: Voice
    status: SuggestionStatus
    organisation: UUID = Field(description="Which noted it.")
    owner: UUID = Field(description="Which offers what it is about, and answers.")
    content: str | None
    made_at: datetime
    made_by: str
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None
    version: int

    @classmethod
    def of(cls, row: Suggestion, content: str | None, answer: str | None) -> Self:
        return cls(
            id=row.id,
            about=row.about,
            about_id=row.about_id,
            voice=row.voice,
            status=row.status,
            organisation=row.organisation_id,
            owner=row.owner_id,
            content=content,
            made_at=row.made_at,
            made_by=row.made_by,
            answer=answer,
            answered_at=row.answered_at,
            answered_by=row.answered_by,
            version=row.version,
        )
