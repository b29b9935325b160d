"""Reading matches and agreements."""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.matching.domain.matches import LIVE, MatchStatus
from services.matching.models import Agreement, Match
from shared.errors import NotFound

_LIVE = [status.value for status in LIVE]


@dataclass(frozen=True, slots=True)
class MatchFilter:
    """What a list of matches is narrowed to."""

    status: str | None = None
    volunteer: UUID | None = None
    referral: UUID | None = None


async def get(session: AsyncSession, match_id: UUID) -> Match:
    match = await session.get(Match, match_id)
    if match is None:
        raise NotFound
    return match


async def get_for_update(session: AsyncSession, match_id: UUID) -> Match:
    query = select(Match).where(Match.id == match_id).with_for_update()
    match = (await session.exec(query.execution_options(populate_existing=True))).one_or_none()
    if match is None:
        raise NotFound
    return match


async def list_live_of_volunteer(session: AsyncSession, volunteer_id: UUID) -> Sequence[Match]:
    """Locked, by id."""
    query = select(Match).where(Match.volunteer_id == volunteer_id, col(Match.status).in_(_LIVE))
    return await _locked(session, query)


async def list_live_of_referral(session: AsyncSession, referral: UUID) -> Sequence[Match]:
    """Locked, by id."""
    query = select(Match).where(Match.referral_id == referral, col(Match.status).in_(_LIVE))
    return await _locked(session, query)


async def _locked(session: AsyncSession, query: SelectOfScalar[Match]) -> Sequence[Match]:
    locked = query.order_by(col(Match.id)).with_for_update().execution_options(populate_existing=True)
    return (await session.exec(locked)).all()


async def list_page(
    session: AsyncSession, wanted: MatchFilter, before: UUID | None, limit: int, among: Set[MatchStatus] | None = None
) -> Sequence[Match]:
    """Newest first, one more than `limit`; `among` are the only statuses to show."""
    query = select(Match).order_by(col(Match.id).desc()).limit(limit + 1)
    if among is not None:
        query = query.where(col(Match.status).in_([status.value for status in among]))
    if wanted.status:
        query = query.where(Match.status == wanted.status)
    if wanted.volunteer:
        query = query.where(Match.volunteer_id == wanted.volunteer)
    if wanted.referral:
        query = query.where(Match.referral_id == wanted.referral)
    if before:
        query = query.where(col(Match.id) < before)
    return (await session.exec(query)).all()


async def note_contact(session: AsyncSession, match_id: UUID, day: date) -> None:
    """A visit has happened; no new version of the match, since nothing that its readers decide by has changed."""
    later = func.greatest(Match.last_contact_on, day)
    statement = update(Match).where(col(Match.id) == match_id).values(last_contact_on=later)
    await session.execute(statement.execution_options(synchronize_session=False))


async def list_agreements(session: AsyncSession, match_id: UUID) -> Sequence[Agreement]:
    return (
        await session.exec(select(Agreement).where(Agreement.match_id == match_id).order_by(col(Agreement.id)))
    ).all()


async def list_former(session: AsyncSession, family: UUID, but: Collection[str]) -> Collection[UUID]:
    """Volunteers who were with that family and whose match ended, for another reason than these."""
    query = select(Match.volunteer_id, Match.reason_code).where(
        Match.family_id == family, Match.status == MatchStatus.ENDED.value
    )
    rows = (await session.exec(query)).all()
    return {volunteer for volunteer, _ in rows} - {volunteer for volunteer, reason in rows if reason in but}
