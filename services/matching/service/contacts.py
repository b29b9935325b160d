"""Records of Contact: append-only, chained by hash, corrected only by a new version."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import chain
from services.matching.domain.chain import Link
from services.matching.domain.visits import VisitStatus
from services.matching.models import Contact, Match, Visit
from services.matching.repository import matches, requests, visits
from services.matching.schemas.visits import ContactIn, CorrectionIn, SeenIn
from services.matching.service import matches as matching
from services.matching.service.desk import Desk
from services.matching.service.ending import CONTACT_CLOCK
from shared import audit, clocks, outbox
from shared.db import now_of, work_of
from shared.errors import Conflict, IllegalMove, Invalid
from shared.events.matching import ContactCorrected, ContactRecorded
from shared.ids import new_id

NOTES: Final = "contacts.notes"


async def record(session: AsyncSession, desk: Desk, match_id: UUID, body: ContactIn) -> Contact:
    """The record of a visit that happened, once; another is a correction."""
    match = await _locked(session, match_id)
    visit = await visits.get_for_update(session, match.id, body.visit)
    if visit.status != VisitStatus.HAPPENED:
        raise IllegalMove(visit.status, "contact-recorded")
    if visit.contact_recorded_at is not None:
        raise Conflict("This visit has its record; correct that one.", name="already-recorded")
    contact = await _append(session, desk, match, visit, body)
    visit.contact_recorded_at = contact.recorded_at
    await clocks.stop(session, CONTACT_CLOCK, visit.id)
    outbox.add(session, ContactRecorded(**_ids(contact)))
    return contact


async def correct(session: AsyncSession, desk: Desk, match_id: UUID, contact_id: UUID, body: CorrectionIn) -> Contact:
    """A new version of a record; the old one stays. Only the newest version can be corrected."""
    match = await _locked(session, match_id)
    former = await visits.get_contact(session, match.id, contact_id)
    versions = await visits.list_versions(session, former.visit_id)
    if versions[-1].id != former.id:
        raise Conflict("There is a newer version of this record.", name="version-superseded")
    visit = await visits.get_for_update(session, match.id, former.visit_id)
    contact = await _append(session, desk, match, visit, body, former)
    outbox.add(session, ContactCorrected(**_ids(contact), corrects=former.id))
    return contact


def as_link(contact: Contact) -> Link:
    """The record as the chain binds it."""
    return Link(
        contact=contact.id,
        match=contact.match_id,
        visit=contact.visit_id,
        volunteer=contact.volunteer_id,
        position=contact.position,
        version=contact.version_number,
        corrects=contact.corrects_id,
        recorded_by=contact.recorded_by,
        recorded_at=contact.recorded_at,
        tasks_done=contact.tasks_done,
        seen=contact.seen,
        concern=contact.concern,
        notes=contact.notes,
        previous=contact.previous_hash,
        hash=contact.hash,
    )


async def _append(
    session: AsyncSession,
    desk: Desk,
    match: Match,
    visit: Visit,
    body: ContactIn | CorrectionIn,
    former: Contact | None = None,
) -> Contact:
    await _require_known(session, match, body)
    cipher = await desk.case(session, match.family_id)
    contact = Contact(
        id=new_id(),
        partnership_id=match.partnership_id,
        family_id=match.family_id,
        referral_id=match.referral_id,
        match_id=match.id,
        visit_id=visit.id,
        volunteer_id=match.volunteer_id,
        position=match.chain_length + 1,
        version_number=former.version_number + 1 if former else 1,
        corrects_id=former.id if former else None,
        tasks_done=body.tasks_done,
        seen=[one.model_dump(mode="json") for one in body.seen],
        concern=body.concern,
        notes=cipher.seal(NOTES, body.notes),
        recorded_by=work_of(session).actor,
        recorded_at=now_of(session),
        previous_hash=match.chain_head,
        hash=b"",
    )
    contact.hash = chain.hash_of(as_link(contact))
    match.chain_length, match.chain_head = contact.position, contact.hash
    session.add(contact)
    audit.saw(session, "contact", contact.id, family=match.family_id)
    return contact


async def _locked(session: AsyncSession, match_id: UUID) -> Match:
    """The match, whose lock orders the chain; a volunteer's own while they know the family, else 404."""
    match = await matches.get_for_update(session, match_id)
    matching.require_shown(session, match, named=True)
    audit.saw(session, "match", match.id, family=match.family_id)
    return match


async def _require_known(session: AsyncSession, match: Match, body: ContactIn | CorrectionIn) -> None:
    """Children of the case, tasks of an agreed plan, and nobody seen alone unless the plan in force allows it."""
    request = await requests.get(session, match.match_request_id)
    plans = await requests.list_plans(session, match.referral_id)
    tasks = {task for plan in plans for task in plan.tasks}
    errors = _strangers(body.seen, set(request.children))
    errors += [
        {"pointer": f"/tasks_done/{place}", "code": "unknown-task", "message": "is not a task of the agreed plan"}
        for place, task in enumerate(body.tasks_done)
        if task not in tasks
    ]
    if errors:
        raise Invalid(errors)
    if any(one.seen_alone for one in body.seen) and not (plans and plans[0].seen_alone_allowed):
        raise Conflict(
            "The agreed involvement plan does not allow that a child is seen alone.", name="seen-alone-not-agreed"
        )


def _strangers(seen: Sequence[SeenIn], children: set[UUID]) -> list[dict[str, str]]:
    errors, known = [], set()
    for place, one in enumerate(seen):
        if one.child not in children:
            errors.append(("unknown-child", "is not a child of this case", place))
        elif one.child in known:
            errors.append(("twice", "is named twice", place))
        known.add(one.child)
    return [{"pointer": f"/seen/{place}/child", "code": code, "message": message} for code, message, place in errors]


def _ids(contact: Contact) -> dict[str, UUID]:
    return {
        "family": contact.family_id,
        "match": contact.match_id,
        "visit": contact.visit_id,
        "contact": contact.id,
    }
