"""Visits: planned under an active match, closed with what became of them."""

from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import VISITED, MatchStatus
from services.matching.domain.visits import VISITS, VisitStatus
from services.matching.models import Match, Visit
from services.matching.repository import matches, visits, volunteers
from services.matching.schemas.visits import OutcomeIn, VisitIn
from services.matching.service import matches as matching
from services.matching.service.desk import Desk
from services.matching.service.ending import CHECK_OUT_CLOCK, CONTACT_CLOCK
from shared import audit, clocks, history, outbox
from shared.calendar import civil_date
from shared.db import now_of
from shared.errors import Gate, IllegalMove, invalid
from shared.etag import Match as Version
from shared.events.matching import VisitClosed, VisitPlanned
from shared.ids import new_id

# Clocks differ a little; a visit may be closed this much before it was to begin.
EARLY = timedelta(minutes=30)


async def plan(session: AsyncSession, desk: Desk, match_id: UUID, body: VisitIn) -> Visit:
    """Plan a visit; the clock of its Record of Contact runs from its end."""
    match = await visited(session, match_id)
    if MatchStatus(match.status) not in VISITED:
        raise IllegalMove(match.status, "visit-planned")
    await matching.require_risk_assessed(session, match)
    volunteer = await volunteers.get(session, match.volunteer_id)
    expires = volunteer.clearance_expires_on
    if expires is None or civil_date(body.starts_at) >= expires:
        raise Gate("gate-clearance", "The volunteer's clearance is not current on that day.", ["disclosure"])
    visit = Visit(
        id=new_id(),
        partnership_id=match.partnership_id,
        family_id=match.family_id,
        referral_id=match.referral_id,
        match_id=match.id,
        volunteer_id=match.volunteer_id,
        status=VisitStatus.PLANNED.value,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        contact_due_at=body.ends_at + desk.policy.contact_due,
    )
    session.add(visit)
    await clocks.start(session, CONTACT_CLOCK, visit.id, body.ends_at + desk.policy.contact_due, family=match.family_id)
    if visit.ends_at > now_of(session):
        # Nobody can be asked to check out of what was noted afterwards.
        due = visit.ends_at + desk.policy.check_out_due
        await clocks.start(session, CHECK_OUT_CLOCK, visit.id, due, family=match.family_id)
    history.record(session, "visit", visit.id, (None, visit.status), family=visit.family_id)
    outbox.add(session, VisitPlanned(**_ids(visit), starts_at=visit.starts_at, ends_at=visit.ends_at))
    return visit


async def close(
    session: AsyncSession, desk: Desk, address: tuple[UUID, UUID], version: Version, body: OutcomeIn
) -> Visit:
    """Say what became of the visit. Only one that happened still wants a record, counted from its real end."""
    match = await visited(session, address[0])
    visit = await visits.get_for_update(session, match.id, address[1])
    version.check(visit)
    before = VisitStatus(visit.status)
    visit.status = VISITS.move(before, body.outcome).value
    visit.closed_at = now_of(session)
    await clocks.stop(session, CHECK_OUT_CLOCK, visit.id)
    if body.outcome is VisitStatus.HAPPENED:
        await _happened(session, desk, visit, body)
    else:
        visit.contact_due_at = None
        await clocks.stop(session, CONTACT_CLOCK, visit.id)
    history.record(
        session,
        "visit",
        visit.id,
        (before.value, visit.status),
        family=visit.family_id,
        reason_code=body.reason_code,
    )
    outbox.add(session, VisitClosed(**_ids(visit), outcome=visit.status))
    return visit


async def _happened(session: AsyncSession, desk: Desk, visit: Visit, body: OutcomeIn) -> None:
    started, until = body.happened_from or visit.starts_at, body.happened_until or visit.ends_at
    if started > now_of(session) + EARLY:
        raise invalid("/outcome", "in-the-future", "the visit has not begun yet")
    visit.happened_from, visit.happened_until = started, until
    await matches.note_contact(session, visit.match_id, civil_date(until))
    visit.contact_due_at = until + desk.policy.contact_due
    await clocks.start(session, CONTACT_CLOCK, visit.id, visit.contact_due_at, family=visit.family_id)


async def visited(session: AsyncSession, match_id: UUID) -> Match:
    """The match, as far as the caller may see its family: another volunteer's is 404."""
    match = await matches.get_for_update(session, match_id)
    matching.require_shown(session, match, named=True)
    audit.saw(session, "match", match.id, family=match.family_id)
    return match


def _ids(visit: Visit) -> dict[str, UUID]:
    return {"family": visit.family_id, "match": visit.match_id, "visit": visit.id}
