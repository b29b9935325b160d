"""Finds inductions, their parts, and what is known of volunteers."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import OPEN, InductionStatus, Part, PartStanding
from services.training.models import Attendance, Induction, Judgement
from services.training.repository.keyset import after
from shared.db import work_of
from shared.errors import NotFound


async def get(session: AsyncSession, induction_id: UUID) -> Induction:
    """An induction in the hands of the caller's organisation."""
    return _own(session, await session.get(Induction, induction_id))


async def get_for_update(session: AsyncSession, induction_id: UUID) -> Induction:
    return _own(session, await session.get(Induction, induction_id, with_for_update=True))


def _own(session: AsyncSession, induction: Induction | None) -> Induction:
    if induction is None or induction.organisation_id != work_of(session).organisation:
        raise NotFound
    return induction


async def find_open_for_update(session: AsyncSession, volunteer_id: UUID) -> Induction | None:
    """The volunteer's running induction, whoever started it."""
    query = select(Induction).where(Induction.volunteer_id == volunteer_id, col(Induction.status).in_(OPEN))
    return (await session.exec(query.with_for_update())).first()


async def find_standing_in_the_way(session: AsyncSession, volunteer_id: UUID) -> Induction | None:
    """An induction that is running, or has qualified the volunteer: either forbids another."""
    wanted = [*OPEN, InductionStatus.QUALIFIED]
    query = select(Induction).where(Induction.volunteer_id == volunteer_id, col(Induction.status).in_(wanted))
    return (await session.exec(query)).first()


async def list_own(
    session: AsyncSession,
    status: InductionStatus | None,
    volunteer: UUID | None,
    limit: int,
    cursor: str | None,
) -> list[Induction]:
    """Inductions of the caller's organisation, oldest first; one more than `limit` where there is another page."""
    query = select(Induction).where(Induction.organisation_id == work_of(session).organisation)
    if status is not None:
        query = query.where(Induction.status == status)
    if volunteer is not None:
        query = query.where(Induction.volunteer_id == volunteer)
    query = after(query, col(Induction.started_at), col(Induction.id), cursor)
    return list((await session.exec(query.limit(limit + 1))).all())


async def list_attendances(session: AsyncSession, induction_id: UUID) -> Sequence[Attendance]:
    """At most a few per part: oldest first."""
    query = select(Attendance).where(Attendance.induction_id == induction_id)
    return (await session.exec(query.order_by(col(Attendance.entry), col(Attendance.part)))).all()


async def list_judgements(session: AsyncSession, induction_id: UUID) -> Sequence[Judgement]:
    """At most a few per part: oldest first."""
    query = select(Judgement).where(Judgement.induction_id == induction_id)
    return (await session.exec(query.order_by(col(Judgement.entry), col(Judgement.part)))).all()


async def standing_of_parts(session: AsyncSession, induction_id: UUID) -> dict[Part, PartStanding]:
    """The latest entries of every part."""
    attended = {one.part: one.attended for one in await list_attendances(session, induction_id)}
    judged = {one.part: one.suitability for one in await list_judgements(session, induction_id)}
    return {part: PartStanding(attended.get(part), judged.get(part)) for part in Part}


async def next_entry(
    session: AsyncSession, kind: type[Attendance] | type[Judgement], induction_id: UUID, part: Part
) -> int:
    """The number of the part's next entry; the induction is locked, so nobody else draws it."""
    query = select(func.count()).select_from(kind).where(col(kind.induction_id) == induction_id, col(kind.part) == part)
    return (await session.exec(query)).one() + 1
