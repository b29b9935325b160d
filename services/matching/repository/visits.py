"""Reading visits, Records of Contact and what was raised about them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.visits import VisitStatus
from services.matching.models import Contact, NotSeen, Visit, VisitLink
from services.matching.repository.indicators import RECORDS_LATE
from shared.db import work_of
from shared.errors import NotFound


async def get(session: AsyncSession, match_id: UUID, visit_id: UUID) -> Visit:
    visit = await session.get(Visit, visit_id)
    if visit is None or visit.match_id != match_id:
        raise NotFound
    return visit


async def find_for_update(session: AsyncSession, visit_id: UUID) -> Visit | None:
    query = select(Visit).where(Visit.id == visit_id).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).one_or_none()


async def get_for_update(session: AsyncSession, match_id: UUID, visit_id: UUID) -> Visit:
    visit = await find_for_update(session, visit_id)
    if visit is None or visit.match_id != match_id:
        raise NotFound
    return visit


async def find_link(session: AsyncSession, digest: bytes) -> VisitLink | None:
    """The link of that digest; whoever is in no partnership yet has to hold it out to the database."""
    query = select(VisitLink).where(VisitLink.digest == digest).execution_options(populate_existing=True)
    return (await session.exec(query)).one_or_none()


async def list_page(
    session: AsyncSession, match_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Visit]:
    """In the order in which they were planned to start; one more than `limit`."""
    query = select(Visit).where(Visit.match_id == match_id)
    if after:
        query = query.where(tuple_(col(Visit.starts_at), col(Visit.id)) > tuple_(*after))
    return (await session.exec(query.order_by(col(Visit.starts_at), col(Visit.id)).limit(limit + 1))).all()


async def list_planned(session: AsyncSession, match_id: UUID) -> Sequence[Visit]:
    query = select(Visit).where(Visit.match_id == match_id, Visit.status == VisitStatus.PLANNED.value)
    return (await session.exec(query.order_by(col(Visit.id)).with_for_update())).all()


async def list_of_referral(session: AsyncSession, referral: UUID) -> Sequence[Visit]:
    return (await session.exec(select(Visit).where(Visit.referral_id == referral))).all()


async def list_overdue(
    session: AsyncSession, now: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Visit]:
    """Visits whose record is late, the latest first to come due first; one more than `limit`."""
    query = select(Visit).where(
        Visit.partnership_id == work_of(session).partnership, text(RECORDS_LATE).bindparams(now=now)
    )
    if after:
        query = query.where(tuple_(col(Visit.contact_due_at), col(Visit.id)) > tuple_(*after))
    return (await session.exec(query.order_by(col(Visit.contact_due_at), col(Visit.id)).limit(limit + 1))).all()


async def get_contact(session: AsyncSession, match_id: UUID, contact_id: UUID) -> Contact:
    contact = await session.get(Contact, contact_id)
    if contact is None or contact.match_id != match_id:
        raise NotFound
    return contact


async def list_chain(session: AsyncSession, match_id: UUID) -> Sequence[Contact]:
    """The whole chain of a match, in order."""
    query = select(Contact).where(Contact.match_id == match_id).order_by(col(Contact.position))
    return (await session.exec(query)).all()


async def list_contacts(session: AsyncSession, match_id: UUID, after: int, limit: int) -> Sequence[Contact]:
    """By position in the chain; one more than `limit`."""
    query = select(Contact).where(Contact.match_id == match_id, col(Contact.position) > after)
    return (await session.exec(query.order_by(col(Contact.position)).limit(limit + 1))).all()


async def list_versions(session: AsyncSession, visit_id: UUID) -> Sequence[Contact]:
    """The record of a visit and its corrections, oldest first."""
    query = select(Contact).where(Contact.visit_id == visit_id).order_by(col(Contact.version_number))
    return (await session.exec(query)).all()


async def corrections_of(session: AsyncSession, contacts: Sequence[UUID]) -> dict[UUID, UUID]:
    """Which record each of these was replaced by."""
    query = select(Contact.corrects_id, Contact.id).where(col(Contact.corrects_id).in_(list(contacts)))
    return {corrected: by for corrected, by in await session.exec(query) if corrected}


async def list_contacts_of_referral(session: AsyncSession, referral: UUID) -> Sequence[Contact]:
    """By visit, and the newest version last."""
    query = select(Contact).where(Contact.referral_id == referral)
    return (await session.exec(query.order_by(col(Contact.visit_id), col(Contact.version_number)))).all()


async def list_contacts_since(session: AsyncSession, volunteer_id: UUID, since: datetime | None) -> Sequence[Contact]:
    """A volunteer's records after that instant, oldest first."""
    query = select(Contact).where(Contact.volunteer_id == volunteer_id)
    if since:
        query = query.where(col(Contact.recorded_at) > since)
    return (await session.exec(query.order_by(col(Contact.recorded_at), col(Contact.id)))).all()


async def list_contacts_by_id(session: AsyncSession, contacts: Sequence[UUID]) -> Sequence[Contact]:
    query = select(Contact).where(col(Contact.id).in_(list(contacts)))
    return (await session.exec(query.order_by(col(Contact.recorded_at), col(Contact.id)))).all()


async def list_not_seen(session: AsyncSession, referral: UUID) -> Sequence[NotSeen]:
    return (await session.exec(select(NotSeen).where(NotSeen.referral_id == referral))).all()
