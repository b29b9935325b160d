"""Table of suggestions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index

from services.training.domain import About, SuggestionStatus, Voice
from services.training.models.base import Base
from shared.tables import Versioned, coded, instant, sealed, words


class Suggestion(Base, Versioned, table=True):
    """What somebody thinks about a programme, a course or a round, and what came of it.

    `organisation_id` noted it, `owner_id` offers what it is about and answers; nobody else sees it. What was said, and
    the answer, lie sealed under the suggestion's own key.
    """

    __tablename__ = "suggestions"
    __table_args__ = (
        Index(None, "partnership_id", "organisation_id", "id"),
        Index(None, "partnership_id", "owner_id", "id"),
        CheckConstraint("status IN ('made', 'taken_up', 'not_taken_up')", name="status"),
        CheckConstraint("about IN ('programme', 'course', 'round')", name="about"),
        CheckConstraint("voice IN ('participants', 'partner')", name="voice"),
        CheckConstraint("(status = 'made') = (answer IS NULL)", name="answered_or_made"),
    )

    organisation_id: UUID
    owner_id: UUID
    about: About = coded(About)
    about_id: UUID
    voice: Voice = coded(Voice)
    status: SuggestionStatus = coded(SuggestionStatus)
    content: bytes = sealed()
    made_at: datetime = instant()
    made_by: str = words()
    answer: bytes | None = sealed(nullable=True)
    answered_at: datetime | None = instant(nullable=True)
    answered_by: str | None = words(nullable=True)
