"""Concerns."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.concern import ConcernStatus
from services.referral.models import Concern, MatchVolunteer
from services.referral.repository.rows import before

LISTED = (
    *("id", "version", "status", "family_id", "subject_kind", "subject_id", "raised_at", "due_at"),
    *("acknowledged_by", "acknowledged_at", "decided_at", "decision"),
)


async def list_concerns(
    session: AsyncSession, status: ConcernStatus | None, cursor: str | None, limit: int
) -> Sequence[RowMapping]:
    """Concerns that the caller may see, newest first."""
    columns = Concern.__table__.c  # type: ignore[attr-defined]  # SQLModel does not type its table
    query = select(*(columns[name] for name in LISTED)).where(*before(Concern, cursor))
    if status is not None:
        query = query.where(columns.status == status.value)
    return (await session.execute(query.order_by(columns.id.desc()).limit(limit))).mappings().all()


async def find_person_of_volunteer(session: AsyncSession, volunteer: UUID) -> UUID | None:
    """The person behind a volunteer, if a match has told of it."""
    query = select(MatchVolunteer.person_id).where(
        col(MatchVolunteer.volunteer_id) == volunteer, col(MatchVolunteer.person_id).is_not(None)
    )
    return (await session.exec(query.limit(1))).first()


async def name_person_of_volunteer(session: AsyncSession, volunteer: UUID, person: UUID) -> None:
    """Let concerns about a volunteer know who that is, so that they stay hidden from them."""
    statement = update(Concern).where(
        col(Concern.about_volunteer_id) == volunteer, col(Concern.about_person_id).is_(None)
    )
    await session.execute(statement.values(about_person_id=person))
