"""Reading allegations; row policies leave those that the caller's organisation may know of."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.allegations import AllegationStatus
from services.matching.models import Allegation, AllegationStep
from shared.errors import NotFound


async def get(session: AsyncSession, allegation_id: UUID) -> Allegation:
    allegation = await session.get(Allegation, allegation_id)
    if allegation is None:
        raise NotFound
    return allegation


async def find_for_update(session: AsyncSession, allegation_id: UUID) -> Allegation | None:
    query = select(Allegation).where(Allegation.id == allegation_id).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).one_or_none()


async def get_for_update(session: AsyncSession, allegation_id: UUID) -> Allegation:
    allegation = await find_for_update(session, allegation_id)
    if allegation is None:
        raise NotFound
    return allegation


async def is_known(session: AsyncSession, concern: UUID) -> bool:
    """Whether that concern has opened one already."""
    return (await session.exec(select(Allegation.id).where(Allegation.concern_id == concern))).first() is not None


async def list_page(
    session: AsyncSession, status: AllegationStatus | None, before: UUID | None, limit: int
) -> Sequence[Allegation]:
    """Newest first; one more than `limit`."""
    query = select(Allegation).order_by(col(Allegation.id).desc()).limit(limit + 1)
    if status:
        query = query.where(Allegation.status == status.value)
    if before:
        query = query.where(col(Allegation.id) < before)
    return (await session.exec(query)).all()


async def list_steps(session: AsyncSession, allegation_id: UUID) -> Sequence[AllegationStep]:
    """In the order in which they were recorded."""
    query = select(AllegationStep).where(AllegationStep.allegation_id == allegation_id)
    return (await session.exec(query.order_by(col(AllegationStep.id)))).all()


async def list_authorities(session: AsyncSession) -> list[UUID]:
    """The local authorities of this partnership, as far as any case has told of them."""
    return list((await session.execute(_AUTHORITIES)).scalars())


_AUTHORITIES = text(
    "SELECT DISTINCT organisation_id FROM case_access WHERE part = 'la' AND partnership_id = circle_partnership()"
    " ORDER BY organisation_id"
)
