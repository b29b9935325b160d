"""What decides who may see a case, read in the platform's own view."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.access import Received, Sources, Visitor, Worker
from services.referral.domain.match import MatchState
from services.referral.domain.referral import Kind, Status
from services.referral.models import Allocation, Family, MatchVolunteer, Party, Referral
from services.referral.repository.rows import before
from shared.events.referral import Grant


async def lock_revision(session: AsyncSession, family: UUID) -> int:
    """The revision of the family's access list; whoever else wants to change it waits."""
    found = await session.execute(_LOCK, {"family": family})
    return int(found.scalar_one())


async def list_grants(session: AsyncSession, family: UUID) -> set[Grant]:
    """The list as it is."""
    rows = await session.execute(_GRANTS, {"family": family})
    return {Grant(organisation=row.organisation_id, part=row.part, person=row.person_id) for row in rows}


async def load_sources(session: AsyncSession, family: UUID) -> Sources:
    """Every row that decides who may see the family's case."""
    row = (
        await session.execute(select(Family.organisation_id, Family.restricted).where(col(Family.id) == family))
    ).one()
    return Sources(
        registered_by=row.organisation_id,
        restricted=row.restricted,
        referrals=await _received(session, family),
        workers=await _workers(session, family),
        visitors=await _visitors(session, family),
    )


async def _received(session: AsyncSession, family: UUID) -> list[Received]:
    query = select(Referral.scheme_id, Referral.kind, Referral.status).where(col(Referral.family_id) == family)
    return [Received(scheme, Kind(kind), Status(status)) for scheme, kind, status in await session.exec(query)]


async def _workers(session: AsyncSession, family: UUID) -> list[Worker]:
    query = select(Allocation).where(col(Allocation.family_id) == family, ~col(Allocation.over))
    return [Worker(one.organisation_id, one.person_id, one.from_date, one.to_date) for one in await session.exec(query)]


async def _visitors(session: AsyncSession, family: UUID) -> list[Visitor]:
    query = (
        select(Referral.scheme_id, MatchVolunteer.person_id, Referral.status)
        .join(Referral, col(Referral.id) == col(MatchVolunteer.referral_id))
        .where(
            col(MatchVolunteer.family_id) == family,
            col(MatchVolunteer.state) == MatchState.INTRODUCED.value,
            col(MatchVolunteer.person_id).is_not(None),
        )
    )
    return [Visitor(scheme, person, Status(status)) for scheme, person, status in await session.exec(query) if person]


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


_LOCK = text("SELECT revision FROM case_access_revisions WHERE family_id = :family FOR UPDATE")
_GRANTS = text("SELECT organisation_id, part, person_id FROM case_access WHERE family_id = :family")
_NAMED = text("SELECT EXISTS (SELECT 1 FROM case_access WHERE family_id = :family AND person_id = :person)")
_PART = text(
    "SELECT part FROM case_access WHERE family_id = :family AND organisation_id = :organisation AND part <> 'volunteer'"
    " ORDER BY part LIMIT 1"
)
_AUTHORITIES = text(
    "SELECT DISTINCT organisation_id FROM case_access WHERE family_id = :family AND part = 'la' ORDER BY 1"
)


async def list_audience(session: AsyncSession, family: UUID, receiver: UUID) -> list[UUID]:
    """The authority, and the receiver of a referral for as long as it has a part in the case."""
    return list((await session.execute(_AUDIENCE, {"family": family, "receiver": receiver})).scalars())


_AUDIENCE = text(
    "SELECT DISTINCT organisation_id FROM case_access"
    " WHERE family_id = :family AND (part = 'la' OR (organisation_id = :receiver AND part <> 'volunteer')) ORDER BY 1"
)
