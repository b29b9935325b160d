"""What decides who may see a case, read in the platform's own view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.access import Sources
from services.referral.models import Allocation, Party, Referral
from services.referral.repository.rows import before
from shared.db import first
from shared.direct import Direct, More
from shared.errors import NotFound
from shared.events.referral import Grant


@dataclass(frozen=True, slots=True)
class Case:
    """A family's case as far as access goes, its revision locked; or read ahead, with the revision's mark."""

    family: UUID
    revision: int
    sources: Sources
    grants: frozenset[Grant]
    schemes: frozenset[UUID]
    mark: str | None


async def lock_case(session: AsyncSession, family: UUID) -> Case:
    """Everything that decides who may see the case, in the platform's view; whoever else wants to change it waits."""
    await session.flush()
    row = await first(session, "SELECT case_sources($1::uuid)", family)
    return case_of(family, row[0] if row else None)


async def lock_referral(session: Direct, referral_id: UUID) -> tuple[Referral, Any]:
    """The referral, locked first, and what `case_of` reads of its family's case, as `lock_case` locks it; or ahead."""
    reading = More(locked="case_sources(r.family_id)", ahead="case_seen(r.family_id)")
    found = await session.load_with(Referral, referral_id, reading, lock=True)
    if found is None:
        raise NotFound
    return found


def case_of(family: UUID, found: Any) -> Case:
    """The case as the database told of it."""
    if found is None:
        raise NotFound
    return Case(
        family=family,
        revision=found["revision"],
        sources=_SOURCES_OF.validate_python({name: found[name] for name in _DECIDING}),
        grants=frozenset(Grant.model_validate(one) for one in found["grants"]),
        schemes=frozenset(UUID(one) for one in found["schemes"]),
        mark=found.get("mark"),
    )


async def is_named(session: AsyncSession, family: UUID, person: UUID | None) -> bool:
    """Whether the list names this very person."""
    if person is None:
        return False
    return bool((await session.execute(_NAMED, {"family": family, "person": person})).scalar_one())


async def part_of(session: AsyncSession, family: UUID, organisation: UUID) -> str | None:
    """The part of an organisation in the case."""
    return (await session.execute(_PART, {"family": family, "organisation": organisation})).scalar_one_or_none()


async def list_authorities(session: AsyncSession, family: UUID | None) -> list[UUID]:
    """The local authority of the case; of the partnership where there is no case."""
    if family is not None:
        return list((await session.execute(_AUTHORITIES, {"family": family})).scalars())
    query = select(Party.organisation_id).where(col(Party.part) == "la").order_by(col(Party.organisation_id))
    return list((await session.exec(query)).all())


async def list_allocations(
    session: AsyncSession, family: UUID | None, person: UUID | None, cursor: str | None, limit: int
) -> Sequence[RowMapping]:
    """Allocations that the caller may see, newest first."""
    columns = Allocation.__table__.c  # type: ignore[attr-defined]  # SQLModel does not type its table
    query = select(*columns).where(*before(Allocation, cursor)).order_by(columns.id.desc()).limit(limit)
    if family is not None:
        query = query.where(columns.family_id == family)
    if person is not None:
        query = query.where(columns.person_id == person)
    return (await session.execute(query)).mappings().all()


_DECIDING = ("registered_by", "restricted", "referrals", "workers", "visitors")
_SOURCES_OF = TypeAdapter(Sources)
_NAMED = text("SELECT EXISTS (SELECT 1 FROM case_access WHERE family_id = :family AND person_id = :person)")
_PART = text(
    "SELECT part FROM case_access WHERE family_id = :family AND organisation_id = :organisation AND part <> 'volunteer'"
    " ORDER BY part LIMIT 1"
)
_AUTHORITIES = text(
    "SELECT DISTINCT organisation_id FROM case_access WHERE family_id = :family AND part = 'la' ORDER BY 1"
)


async def list_grants(session: AsyncSession, family: UUID) -> list[Grant]:
    """Who may see the case at this moment."""
    rows = await session.execute(_GRANTS, {"family": family})
    return [Grant(organisation=row.organisation_id, part=row.part, person=row.person_id) for row in rows]


_GRANTS = text("SELECT organisation_id, part, person_id FROM case_access WHERE family_id = :family")
