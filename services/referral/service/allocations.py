"""Allocations: who works with which family, from and to, and who stands in."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.models import Allocation, Family
from services.referral.repository import access as access_rows
from services.referral.repository import rows
from services.referral.schemas.allocations import AllocationEndIn, AllocationIn, AllocationOut
from services.referral.service import access
from shared import audit, history
from shared.calendar import civil_date
from shared.db import now_of, work_of
from shared.errors import Conflict, NotFound, invalid
from shared.etag import Match
from shared.pagination import Page, encode


async def allocate(session: AsyncSession, body: AllocationIn) -> Allocation:
    """A worker of the caller's organisation works with the family from now or a later day on."""
    work = work_of(session)
    family = await rows.get(session, Family, body.family)
    if work.organisation is None or await access_rows.part_of(session, family.id, work.organisation) is None:
        raise NotFound
    if body.covers is not None:
        await _require_own(session, body.covers, family.id)
    allocation = Allocation(
        partnership_id=work.partnership,
        family_id=family.id,
        organisation_id=work.organisation,
        person_id=body.person,
        role=body.role,
        from_date=body.from_date or civil_date(work.now),
        to_date=body.to_date,
        covers_id=body.covers,
    )
    if allocation.to_date and allocation.to_date < allocation.from_date:
        raise invalid("/to_date", "before-start", "is before the first day")
    session.add(allocation)
    return await _changed(session, allocation, None, None)


async def end(session: AsyncSession, allocation_id: UUID, match: Match, body: AllocationEndIn) -> Allocation:
    """The work ends on a day; left out, it ends at once."""
    allocation = await rows.get_for_update(session, Allocation, allocation_id)
    if allocation.organisation_id != work_of(session).organisation:
        raise NotFound
    match.check(allocation)
    if allocation.end_reason is not None:
        raise Conflict("This allocation has an end already.", name="already-ended")
    last = body.to_date or max(civil_date(now_of(session)), allocation.from_date)
    if last < allocation.from_date:
        raise invalid("/to_date", "before-start", "is before the first day")
    allocation.to_date, allocation.end_reason = last, body.reason_code
    allocation.over = body.to_date is None
    return await _changed(session, allocation, "on", body.reason_code)


async def _changed(
    session: AsyncSession, allocation: Allocation, before: str | None, reason_code: str | None
) -> Allocation:
    state = "on" if before is None else "ending"
    history.record(
        session,
        "allocation",
        allocation.id,
        (before, state),
        family=allocation.family_id,
        reason_code=reason_code,
    )
    audit.saw(session, "allocation", allocation.id, family=allocation.family_id)
    await access.refresh(session, allocation.family_id)
    await access.watch(session, allocation)
    return allocation


async def _require_own(session: AsyncSession, covered: UUID, family: UUID) -> None:
    allocation = await rows.find(session, Allocation, covered)
    if allocation is None or allocation.family_id != family:
        raise invalid("/covers", "unknown-allocation", "is not an allocation of this family")


def out(row: dict[str, object]) -> AllocationOut:
    """An allocation as it is shown."""
    renamed = {"family_id": "family", "organisation_id": "organisation", "person_id": "person", "covers_id": "covers"}
    return AllocationOut.model_validate({renamed.get(name, name): value for name, value in row.items()})


async def get(session: AsyncSession, allocation_id: UUID) -> Allocation:
    """One allocation, or `NotFound`."""
    return await rows.get(session, Allocation, allocation_id)


async def page(
    session: AsyncSession, family: UUID | None, person: UUID | None, where: tuple[str | None, int]
) -> Page[AllocationOut]:
    """One page. `where` is (cursor, limit)."""
    cursor, limit = where
    found = await access_rows.list_allocations(session, family, person, cursor, limit + 1)
    items = [out(dict(row)) for row in found[:limit]]
    return Page(items=items, next=encode(items[-1].id) if len(found) > limit else None)
