"""Who may see a case: the whole list is computed anew from its source rows and told to every service."""

from datetime import date, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.access import Sources, grants
from services.referral.models import Allocation, Family
from services.referral.repository import access, rows
from services.referral.repository.access import Case
from shared import case_access, clocks, outbox
from shared.calendar import civil_date, end_of_day
from shared.case_access import Ahead
from shared.clocks import DueClock
from shared.db import Unit, first, now_of, work_of
from shared.direct import Direct
from shared.events.referral import CaseAccessChanged, Grant
from shared.ids import new_id

BOUNDARY = "allocation.boundary"


async def open_case(session: AsyncSession, family: Family) -> None:
    """The first list of a new family: whoever registered it."""
    listed = grants(Sources(registered_by=family.organisation_id), civil_date(now_of(session)))
    await session.flush()
    await case_access.replace(session, family.id, 1, listed)
    outbox.add(session, CaseAccessChanged(family=family.id, revision=1, grants=tuple(listed)))


async def refresh(session: AsyncSession, family: UUID) -> None:
    """Compute the list anew; when it is another one, put it in place and publish it with the next revision.

    Call it before the event of the change itself is added, so that others hear of access first.
    """
    case = await access.lock_case(session, family)
    listed = grants(case.sources, civil_date(now_of(session)))
    if set(listed) != case.grants:
        revision = case.revision + 1
        await case_access.replace(session, family, revision, listed)
        outbox.add(session, CaseAccessChanged(family=family, revision=revision, grants=tuple(listed)))


def note(session: Unit, case: Case, sources: Sources) -> list[Grant]:
    """The list as these sources have it, put in place and published, written with all else at the end."""
    listed = grants(sources, civil_date(now_of(session)))
    is_another = set(listed) != case.grants
    revision = case.revision + 1 if is_another else case.revision
    if case.mark is not None:
        case_access.note_ahead(session, case.family, revision, listed, Ahead(case.mark, case.grants))
    elif is_another:
        case_access.note(session, case.family, revision, listed)
    if is_another:
        hearing = {one.organisation for one in listed if one.part in CaseAccessChanged.PARTS}
        event = CaseAccessChanged(family=case.family, revision=revision, grants=tuple(listed))
        outbox.add(session, event, audience=sorted(hearing))
    return listed


async def note_party(session: AsyncSession | Direct, organisation: UUID, part: str) -> None:
    """Remember that this organisation has a part in the partnership."""
    work = work_of(session)
    await first(session, _PARTY, new_id(), work.partnership, organisation, part, work.now)


_PARTY = (
    "INSERT INTO partnership_parties (id, partnership_id, organisation_id, part, since) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT DO NOTHING RETURNING 1"
)


async def watch(session: AsyncSession, allocation: Allocation) -> None:
    """Look at the case's list again when the allocation begins, and again when it has ended."""
    due = _next_boundary(allocation, civil_date(now_of(session)))
    if due is None:
        await clocks.stop(session, BOUNDARY, allocation.id)
    else:
        await clocks.start(session, BOUNDARY, allocation.id, end_of_day(due), family=allocation.family_id)


async def on_allocation_boundary(session: AsyncSession, clock: DueClock) -> None:
    """An allocation has begun or ended."""
    allocation = await rows.get(session, Allocation, clock.subject)
    await refresh(session, allocation.family_id)
    await watch(session, allocation)


def _next_boundary(allocation: Allocation, today: date) -> date | None:
    """The civil day at whose end the list changes."""
    if allocation.over:
        return None
    if allocation.from_date > today:
        return allocation.from_date - timedelta(days=1)
    return allocation.to_date if allocation.to_date and allocation.to_date >= today else None
