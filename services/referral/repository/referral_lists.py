"""Lists of referrals: each way in which a caller may see some is a walk down an index that ends with the page."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Date, RowMapping, Select, column, func, select, table, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.referral import Status
from services.referral.models import Allocation, Referral
from services.referral.repository.rows import before
from shared.db import work_of

LISTED = (
    *("id", "version", "status", "kind", "family_id", "organisation_id", "scheme_id", "children", "received_at"),
    *("submitted_at", "decision_due", "assessment_due", "calendar_version", "decided_at", "accepted_on"),
    *("outcome_reason", "earlier_referrals", "risk_state", "risk_level", "assessment_visit_on"),
)
_TABLE = Referral.__table__  # type: ignore[attr-defined]  # SQLModel does not type its table
_ACCESS = table("case_access", column("family_id"), column("organisation_id"), column("person_id"))


async def list_referrals(
    session: AsyncSession, status: Status | None, worker: UUID | None, cursor: str | None, limit: int
) -> Sequence[RowMapping]:
    """Referrals that the caller may see, newest first; of one status, of families one worker is allocated to.

    Row policies decide what is shown, here as everywhere; what is asked for only makes them look at few rows.
    """
    work = work_of(session)
    wanted = [*before(Referral, cursor), *([] if status is None else [_TABLE.c.status == status.value])]
    if worker is not None:
        query = _of_families(_allocated_to(worker), wanted, limit)
    elif work.scope == "person":
        query = _of_families(_named_to(work.organisation, work.person), wanted, limit)
    else:
        query = _of_organisation(work.organisation, wanted, limit)
    return (await session.execute(query)).mappings().all()


def _of_organisation(organisation: UUID | None, wanted: list[ColumnElement[bool]], limit: int) -> Select[Any]:
    """What it referred, what it received, and what anybody referred of families that it registered."""
    ways: tuple[list[ColumnElement[bool]], ...] = (
        [_TABLE.c.organisation_id == organisation],
        [_TABLE.c.scheme_id == organisation],
        [_TABLE.c.authority_id == organisation],
    )
    walks = [
        select(*_listed()).where(*way, *wanted).order_by(_TABLE.c.id.desc()).limit(limit).subquery() for way in ways
    ]
    every = union_all(*(select(walk) for walk in walks)).subquery()
    return select(every).ext(distinct_on(every.c.id)).order_by(every.c.id.desc()).limit(limit)


def _of_families(families: Select[Any], wanted: list[ColumnElement[bool]], limit: int) -> Select[Any]:
    """Of some families: a person has few, so all of theirs are found first, by family, and then put in order."""
    known = _TABLE.c.family_id == func.any(func.array(families.scalar_subquery()))
    found = select(*_listed()).where(known, *wanted).cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(found).order_by(found.c.id.desc()).limit(limit)


def _listed() -> list[Column[Any]]:
    return [_TABLE.c[name] for name in LISTED]


def _named_to(organisation: UUID | None, person: UUID | None) -> Select[Any]:
    return select(_ACCESS.c.family_id).where(_ACCESS.c.person_id == person, _ACCESS.c.organisation_id == organisation)


def _allocated_to(worker: UUID) -> Select[Any]:
    today = func.timezone("Europe/London", func.now()).cast(Date)
    return select(col(Allocation.family_id)).where(
        col(Allocation.person_id) == worker,
        ~col(Allocation.over),
        col(Allocation.from_date) <= today,
        func.coalesce(col(Allocation.to_date), today) >= today,
    )
