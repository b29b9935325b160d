"""Families, persons, memberships and external ids."""

from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, RowMapping, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.models import ExternalId, Family, Membership, Person
from services.referral.repository.rows import before


async def list_members(session: AsyncSession, family: UUID) -> list[tuple[Membership, Person]]:
    """Memberships of a family with their persons, in the order in which they were recorded."""
    query = (
        select(Membership, Person)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(col(Membership.family_id) == family)
        .order_by(col(Membership.id))
    )
    return [(membership, person) for membership, person in await session.exec(query)]


async def list_memberships(session: AsyncSession, person: UUID) -> Sequence[Membership]:
    """The families that a person belongs, or belonged, to."""
    query = select(Membership).where(col(Membership.person_id) == person).order_by(col(Membership.id))
    return (await session.exec(query)).all()


async def list_external_ids(session: AsyncSession, families: Iterable[UUID]) -> Sequence[ExternalId]:
    """External ids of families and of the persons in them."""
    query = select(ExternalId).where(col(ExternalId.family_id).in_(families)).order_by(col(ExternalId.id))
    return (await session.exec(query)).all()


async def add_external_id(session: AsyncSession, row: ExternalId) -> bool:
    """Insert the id; False when it is taken. Two requests at the same moment: the second waits, then is refused."""
    # Without RETURNING and without a conflict target, so that rows the caller may not see count as well.
    done = await session.execute(insert(ExternalId).values(**row.model_dump()).on_conflict_do_nothing())
    return cast(CursorResult[Any], done).rowcount == 1


async def find_external_id(session: AsyncSession, kind: str, system: str, digest: bytes) -> ExternalId | None:
    """Who has this id, if the caller may see them."""
    query = select(ExternalId).where(
        col(ExternalId.subject_kind) == kind, col(ExternalId.system) == system, col(ExternalId.digest) == digest
    )
    return (await session.exec(query)).one_or_none()


async def delete_external_ids(session: AsyncSession, person: UUID) -> None:
    """Remove the ids by which others know a person."""
    await session.execute(delete(ExternalId).where(col(ExternalId.subject_id) == person))


async def list_families(
    session: AsyncSession, cursor: str | None, limit: int, wanted: Iterable[UUID] | None
) -> Sequence[RowMapping]:
    """Families that the caller may see, newest first; `wanted` narrows them down."""
    columns = Family.__table__.c  # type: ignore[attr-defined]  # SQLModel does not type its table
    query = select(columns.id, columns.version, columns.registered_at, columns.restricted)
    query = query.where(*before(Family, cursor)).order_by(columns.id.desc()).limit(limit)
    if wanted is not None:
        query = query.where(columns.id.in_(list(wanted)))
    return (await session.execute(query)).mappings().all()
