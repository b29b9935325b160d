"""Finds releases and what was published of them; freezes counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import LabelKind
from services.training.domain.releases import ONCE_PUBLISHED, Stage
from services.training.models import Label, Publication, Release
from services.training.repository.keyset import after
from shared.db import now_of, work_of
from shared.errors import NotFound


async def get(session: AsyncSession, release_id: UUID) -> Release:
    return _found(await session.get(Release, release_id))


async def get_for_update(session: AsyncSession, release_id: UUID) -> Release:
    return _found(await session.get(Release, release_id, with_for_update=True))


def _found(row: Release | None) -> Release:
    if row is None:
        raise NotFound
    return row


async def list_releases(session: AsyncSession, limit: int, cursor: str | None) -> list[Release]:
    """Oldest first; one more than `limit` where there is another page."""
    query = after(select(Release), col(Release.created_at), col(Release.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())


async def list_published(
    session: AsyncSession, partnership: UUID | None, limit: int, cursor: str | None
) -> list[Publication]:
    """What everybody may read, oldest first; one more than `limit` where there is another page."""
    query = select(Publication).where(col(Publication.withdrawn_at).is_(None))
    if partnership is not None:
        query = query.where(Publication.partnership_id == partnership)
    query = after(query, col(Publication.published_at), col(Publication.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())


async def get_published(session: AsyncSession, release_id: UUID) -> Publication:
    row = await session.get(Publication, release_id)
    if row is None or row.withdrawn_at is not None:
        raise NotFound
    return row


async def list_once_published(session: AsyncSession) -> list[Release]:
    """Every release of the partnership that ever was public, oldest first."""
    query = select(Release).where(col(Release.status).in_(ONCE_PUBLISHED)).order_by(col(Release.id))
    return list((await session.exec(query)).all())


async def take_turns(session: AsyncSession) -> None:
    """One publishes at a time in a partnership: whoever comes second sees what the first has done."""
    await session.execute(_TURN, {"partnership": str(work_of(session).partnership)})


async def ids_once_published(session: AsyncSession) -> set[UUID]:
    return set((await session.exec(select(Publication.id))).all())


@dataclass(frozen=True, slots=True)
class Counted:
    """Participations of one session with the same labels."""

    session: UUID
    month: str
    labels: tuple[UUID | None, ...]
    count: int


async def count(session: AsyncSession, row: Release) -> list[Counted]:
    """The participations that a release counts now, whoever's sessions they were at; for the service's worker."""
    given = {"first": row.from_day, "last": row.until_day, "round": row.round_id, "programme": row.programme_id}
    # Civil days begin and end within a day of UTC's.
    around = {"low": row.from_day - timedelta(2), "high": row.until_day + timedelta(2)}
    found = await session.execute(_COUNT, given | around)
    return [_counted(one) for one in found]


def _counted(row: Row[Any]) -> Counted:
    return Counted(
        row.session_id, row.month, (row.organisation, row.ethnicity, row.gender, row.language, row.area), row.n
    )


async def labels(session: AsyncSession, ids: Collection[UUID] | None) -> list[Label]:
    """These labels of the partnership, or all of them."""
    query = select(Label)
    if ids is not None:
        query = query.where(col(Label.id).in_(ids))
    return list((await session.exec(query)).all())


async def note_stage(session: AsyncSession, release_id: UUID, stage: Stage) -> None:
    """Without a new version: nobody who looks on is to be told that it has changed."""
    await session.execute(_STAGE, {"id": release_id, "stage": stage.value, "now": now_of(session)})


KINDS = (LabelKind.ORGANISATION, LabelKind.ETHNICITY, LabelKind.GENDER, LabelKind.LANGUAGE, LabelKind.AREA)
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('publications' || :partnership, 0))")
_STAGE = text("UPDATE releases SET stage = :stage, stage_at = :now WHERE id = :id AND status = 'auditing'")
_COUNT = text("""
SELECT p.session_id, to_char(p.day, 'YYYY-MM') AS month, p.organisation, p.ethnicity, p.gender, p.language, p.area,
  count(*) AS n
FROM sessions s
JOIN courses c ON c.id = s.course_id
JOIN participations p ON p.session_id = s.id AND p.counted AND p.day BETWEEN :first AND :last
WHERE s.partnership_id = circle_partnership()
  AND s.starts_at BETWEEN CAST(:low AS date) AND CAST(:high AS date)
  AND (CAST(:round AS uuid) IS NULL OR s.round_id = :round)
  AND (CAST(:programme AS uuid) IS NULL OR c.programme_id = :programme)
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 1, 2, 3, 4, 5, 6, 7""")
