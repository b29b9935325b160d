"""Finds families, children and cases."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import all_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.models import Case, Child, Family
from shared.db import now_of, work_of
from shared.errors import NotFound

_ON_ITS_WAY = ["circle.family.registered.v1", "circle.case-access.changed.v1"]


def unknown() -> NotFound:
    """The one answer for what is not there, not yours, or not told yet; who has just registered it tries again."""
    return NotFound(headers={"Retry-After": "1"}, waiting_for=_ON_ITS_WAY)


async def get_child(session: AsyncSession, child_id: UUID) -> Child:
    child = await session.get(Child, child_id)
    if child is None:
        raise unknown()
    return child


async def lock_child(session: AsyncSession, child_id: UUID) -> Child:
    """The child whose timeline is about to change, its family locked: of one family, one thing after the other."""
    family_id = (await get_child(session, child_id)).family_id
    await lock_family(session, family_id)
    child = await session.get(Child, child_id, populate_existing=True)
    if child is None or child.family_id != family_id:
        raise unknown()
    child.changed_at = now_of(session)
    return child


async def lock_family(session: AsyncSession, family_id: UUID) -> Family:
    query = select(Family).where(Family.id == family_id).with_for_update().execution_options(populate_existing=True)
    family = (await session.exec(query)).first()
    if family is None:
        raise unknown()
    return family


async def know_family(session: AsyncSession, family_id: UUID) -> Family:
    """The family's row, made now if this is the first that is heard of it, and locked."""
    row = {"id": family_id, "partnership_id": work_of(session).partnership, "listed": [], "counted": []}
    await session.execute(insert(Family).values(row).on_conflict_do_nothing())
    return await lock_family(session, family_id)


async def know_children(session: AsyncSession, family_id: UUID, children: Iterable[UUID]) -> None:
    """Children that are heard of for the first time belong to that family."""
    partnership = work_of(session).partnership
    rows = [
        {"id": child, "partnership_id": partnership, "version": 1, "family_id": family_id} for child in set(children)
    ]
    if rows:
        await session.execute(insert(Child).values(rows).on_conflict_do_nothing())


async def list_astray(session: AsyncSession, children: Iterable[UUID]) -> list[Child]:
    """Of these the children whose family is no longer told to have them."""
    query = (
        select(Child)
        .join(Family, col(Family.id) == col(Child.family_id))
        .where(col(Child.id).in_(set(children)), col(Child.id) != all_(col(Family.listed)))
    )
    return list((await session.exec(query)).all())


async def find_family_with(session: AsyncSession, child: UUID) -> UUID | None:
    """A family that is told to have the child."""
    query = select(Family.id).where(col(Family.listed).contains([child])).order_by(col(Family.id))
    return (await session.exec(query)).first()


async def list_children(session: AsyncSession, family_id: UUID) -> list[Child]:
    return list((await session.exec(select(Child).where(Child.family_id == family_id))).all())


async def find_case(session: AsyncSession, referral_id: UUID) -> Case | None:
    return await session.get(Case, referral_id)


async def get_case(session: AsyncSession, referral_id: UUID, family_id: UUID) -> Case:
    """The case of that referral, which must be that family's."""
    case = await session.get(Case, referral_id)
    if case is None or case.family_id != family_id:
        raise NotFound(headers={"Retry-After": "1"}, waiting_for=["circle.case.opened.v1"])
    return case


async def list_cases(session: AsyncSession, family_id: UUID) -> list[Case]:
    query = select(Case).where(Case.family_id == family_id).order_by(col(Case.recorded_at), col(Case.id))
    return list((await session.exec(query)).all())
