"""What the clock and the worker find in visits: records that are late, children who were not seen."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.visits import NOBODY_SEEN, Sighting, VisitStatus, newly_unseen
from services.matching.models import NotSeen, Visit
from services.matching.repository import requests, visits
from services.matching.service import leaves
from services.matching.service.desk import Desk
from shared import outbox
from shared.db import now_of
from shared.events.matching import ChildNotSeen, ContactOverdue


async def raise_overdue(session: AsyncSession, visit_id: UUID) -> None:
    """The record of a visit is late: told once, by the clock that ran out."""
    visit = await visits.find_for_update(session, visit_id)
    if visit is None or visit.contact_due_at is None or visit.contact_recorded_at is not None:
        return
    answers = await leaves.answering(session, visit.volunteer_id)
    ids = {"family": visit.family_id, "match": visit.match_id, "visit": visit.id}
    outbox.add(session, ContactOverdue(**ids, due_at=visit.contact_due_at, answers=answers))


async def review(session: AsyncSession, desk: Desk, visit_id: UUID) -> None:
    """After a visit or its record: for each child of the case, whether too many visits running went by unseen."""
    visit = await visits.find_for_update(session, visit_id)
    if visit is None:
        return
    request = await requests.find_of_referral(session, visit.referral_id)
    if request is None:
        return
    known = await _sightings(session, visit.referral_id)
    raised = await visits.list_not_seen(session, visit.referral_id)
    for child in request.children:
        before = {one.visit_id for one in raised if one.child_id == child}
        at = newly_unseen(child, known, before, desk.policy.unseen_in_a_row)
        if at is not None:
            await _raise(session, visit, child, at)


async def _sightings(session: AsyncSession, referral: UUID) -> list[Sighting]:
    """Every visit of the referral, by whichever volunteer, of which it is known who was seen."""
    newest = {one.visit_id: one for one in await visits.list_contacts_of_referral(session, referral)}
    found = []
    for visit in await visits.list_of_referral(session, referral):
        contact = newest.get(visit.id)
        if contact is not None:
            seen = frozenset(UUID(one["child"]) for one in contact.seen if one["seen"])
            found.append(Sighting(visit.id, visit.starts_at, seen))
        elif VisitStatus(visit.status) in NOBODY_SEEN:
            found.append(Sighting(visit.id, visit.starts_at, frozenset()))
    return found


async def _raise(session: AsyncSession, visit: Visit, child: UUID, at: UUID) -> None:
    session.add(
        NotSeen(
            partnership_id=visit.partnership_id,
            family_id=visit.family_id,
            referral_id=visit.referral_id,
            child_id=child,
            visit_id=at,
            raised_at=now_of(session),
        )
    )
    match = next(one.match_id for one in await visits.list_of_referral(session, visit.referral_id) if one.id == at)
    outbox.add(session, ChildNotSeen(family=visit.family_id, match=match, visit=at, child=child))
