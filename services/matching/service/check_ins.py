"""Checking in and out of a visit by an unguessable link, and what is told when nobody checked out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import VISITED, MatchStatus
from services.matching.domain.visits import CHECKED, VisitStatus
from services.matching.domain.volunteers import VolunteerStatus
from services.matching.models import Match, Visit, VisitLink
from services.matching.repository import matches, visits, volunteers
from services.matching.service import leaves
from services.matching.service.desk import Desk
from services.matching.service.ending import CHECK_OUT_CLOCK
from shared import audit, clocks, outbox
from shared.db import enter, now_of, work_of
from shared.errors import Conflict, IllegalMove, NotFound
from shared.events.matching import VisitCheckedIn, VisitCheckedOut, VisitNotCheckedOut

_BYTES: Final = 32
_HOLD_OUT = text("SELECT set_config('circle.link', :digest, true)")


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is handed out, once."""

    secret: str
    valid_from: datetime
    valid_until: datetime


async def make_link(session: AsyncSession, desk: Desk, match: Match, visit_id: UUID) -> Link:
    """A new link for the visit's volunteer; the one before it works no more."""
    visit = await visits.get_for_update(session, match.id, visit_id)
    audit.saw(session, "visit", visit.id, family=visit.family_id)
    until = visit.ends_at + desk.policy.check_out_until
    if MatchStatus(match.status) not in VISITED:
        raise IllegalMove(match.status, "visit-planned")
    if visit.status != VisitStatus.PLANNED or until <= now_of(session):
        raise Conflict("There is nothing to check in to any more.", name="visit-closed", visit_status=visit.status)
    secret = secrets.token_urlsafe(_BYTES)
    await _keep(session, visit, _digest(secret), until)
    return Link(secret, visit.starts_at - desk.policy.check_in_before, until)


async def find(session: AsyncSession, secret: str) -> Visit:
    """The visit that the link is for, locked, in its partnership from now on; 404 for every other link.

    A link works while its volunteer may see the family, and for so long after the visit.
    """
    digest = _digest(secret)
    await session.execute(_HOLD_OUT, {"digest": digest.hex()})
    known = await visits.find_link(session, digest)
    if known is None:
        raise NotFound
    work = work_of(session)
    work.scope, work.actor = "service", f"link:{known.visit_id}"
    await enter(session, known.partnership_id)
    visit = await visits.find_for_update(session, known.visit_id)
    # Looked for again under the lock: a newer link may have taken its place.
    link = await visits.find_link(session, digest)
    if visit is None or link is None or link.valid_until <= work.now:
        raise NotFound
    match = await matches.get(session, visit.match_id)
    volunteer = await volunteers.get(session, visit.volunteer_id)
    if MatchStatus(match.status) not in VISITED or volunteer.status == VolunteerStatus.SUSPENDED:
        raise NotFound
    audit.saw(session, "visit", visit.id)
    return visit


async def arrive(session: AsyncSession, desk: Desk, secret: str) -> Visit:
    """The volunteer is there. Said again, nothing changes."""
    visit = await _to_check(session, desk, secret)
    if visit.checked_in_at is None and visit.checked_out_at is not None:
        raise Conflict("The visit is checked out of already.", name="already-checked-out")
    if visit.checked_in_at is None:
        visit.checked_in_at = now_of(session)
        outbox.add(session, VisitCheckedIn(**_ids(visit), checked_in_at=visit.checked_in_at))
    return visit


async def leave(session: AsyncSession, desk: Desk, secret: str) -> Visit:
    """The volunteer is safely away; late, too, it is kept. Said again, nothing changes."""
    visit = await _to_check(session, desk, secret)
    if visit.checked_out_at is None:
        visit.checked_out_at = now_of(session)
        await clocks.stop(session, CHECK_OUT_CLOCK, visit.id)
        outbox.add(session, VisitCheckedOut(**_ids(visit), checked_out_at=visit.checked_out_at))
    return visit


async def say_not_checked_out(session: AsyncSession, visit_id: UUID, due_at: datetime) -> None:
    """Nobody has checked out in time: told once, by the clock that ran out."""
    visit = await visits.find_for_update(session, visit_id)
    if visit is None or visit.checked_out_at is not None or visit.status != VisitStatus.PLANNED:
        return
    visit.not_checked_out_at = now_of(session)
    answers = await leaves.answering(session, visit.volunteer_id)
    outbox.add(session, VisitNotCheckedOut(**_ids(visit), due_at=due_at, answers=answers))


async def _to_check(session: AsyncSession, desk: Desk, secret: str) -> Visit:
    visit = await find(session, secret)
    if VisitStatus(visit.status) not in CHECKED:
        raise Conflict("The visit did not take place.", name="visit-closed")
    if now_of(session) < visit.starts_at - desk.policy.check_in_before:
        raise Conflict("The link does not work so long before the visit.", name="visit-not-open-yet")
    return visit


async def _keep(session: AsyncSession, visit: Visit, digest: bytes, until: datetime) -> None:
    row = {"visit_id": visit.id, "partnership_id": visit.partnership_id, "family_id": visit.family_id}
    new = {"digest": digest, "valid_until": until}
    statement = insert(VisitLink).values(row | new)
    await session.execute(statement.on_conflict_do_update(index_elements=["visit_id"], set_=new))
    work_of(session).pending.changed = True


def _digest(secret: str) -> bytes:
    # Two hundred and fifty-six random bits need neither salt nor stretching.
    return hashlib.sha256(secret.encode()).digest()


def _ids(visit: Visit) -> dict[str, UUID]:
    return {"family": visit.family_id, "match": visit.match_id, "visit": visit.id}
