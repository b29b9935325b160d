"""Leave is entered and called off; who answers for whom follows from it, day by day, without any job."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import leave as rules
from services.matching.domain.leave import COORDINATING, Post, Rota
from services.matching.models import Colleague, Leave, Volunteer
from services.matching.repository import leaves, volunteers
from services.matching.schemas.leaves import LeaveIn
from services.matching.service.days import today
from shared import audit, history
from shared.auth import Role
from shared.calendar import civil_date
from shared.db import Work, now_of, work_of
from shared.errors import Conflict, Forbidden, invalid
from shared.etag import Match as Version
from shared.events.gateway import MembershipStarted

_SAID: Final = {
    "not-a-coordinator": "They are not a coordinator or project manager of your organisation on that day.",
    "leave-overlaps": "They have leave on some of these days already.",
    "covers-somebody": "They cover for somebody on some of these days: call that leave off, and enter it anew with"
    " another cover.",
    "cover-not-a-coordinator": "Whoever covers has to be a coordinator or project manager of your organisation on every"
    " day of it.",
    "cover-on-leave": "Whoever covers has leave on some of these days.",
}


async def enter(session: AsyncSession, body: LeaveIn, organisation: UUID) -> Leave:
    """Leave of the caller or, by a project manager, of somebody else of the organisation."""
    work = work_of(session)
    person = _whose(work, body.person)
    _check_days(body.begins_on, body.ends_on, today(session))
    if body.cover == person:
        raise invalid("/cover", "covers-themselves", "is the person on leave")
    await leaves.take_turn(session, organisation)
    wanted = rules.Leave(person, body.cover, body.begins_on, body.ends_on)
    known = [_plain(one) for one in await leaves.list_since(session, organisation, body.begins_on)]
    code = rules.objection(wanted, await _posts(session, organisation), known)
    if code is not None:
        raise Conflict(_SAID[code], name=code)
    leave = Leave(
        partnership_id=work.partnership,
        organisation_id=organisation,
        person_id=person,
        cover_id=body.cover,
        begins_on=body.begins_on,
        ends_on=body.ends_on,
        entered_by=work.actor,
        entered_at=now_of(session),
    )
    session.add(leave)
    history.record(session, "leave", leave.id, (None, "entered"))
    audit.saw(session, "leave", leave.id)
    return leave


async def call_off(session: AsyncSession, leave_id: UUID, version: Version) -> Leave:
    """From today on it holds no more: lists and alerts are the person's own again. One that is over stays as it was."""
    leave = await leaves.get_for_update(session, leave_id)
    _whose(work_of(session), leave.person_id)
    version.check(leave)
    if _plain(leave).last < today(session):
        raise Conflict("The leave is over already.", name="leave-over")
    leave.back_on = today(session)
    history.record(session, "leave", leave.id, ("entered", "called-off"))
    audit.saw(session, "leave", leave.id)
    return leave


async def rota(session: AsyncSession, organisation: UUID) -> Rota:
    """Who answers for whom in that organisation today."""
    day = today(session)
    known = [_plain(one) for one in await leaves.list_since(session, organisation, day)]
    return Rota(day, await _posts(session, organisation), known)


async def answering(session: AsyncSession, volunteer_id: UUID) -> UUID | None:
    """Who answers for the volunteer today."""
    volunteer = await volunteers.find(session, volunteer_id)
    if volunteer is None or volunteer.coordinator_id is None:
        return None
    return (await rota(session, volunteer.organisation_id)).answering(volunteer.coordinator_id)


async def name_coordinator(
    session: AsyncSession, volunteer_id: UUID, version: Version, person: UUID | None
) -> Volunteer:
    """Say who of the volunteer's organisation answers for them; None: everybody does."""
    volunteer = await volunteers.get_for_update(session, volunteer_id)
    work = work_of(session)
    if volunteer.organisation_id != work.organisation:
        raise Forbidden("Only the volunteer's own organisation says who answers for them.")
    version.check(volunteer)
    day = today(session)
    posts = await _posts(session, volunteer.organisation_id)
    if person is not None and not any(one.person == person and one.lasts(day, day) for one in posts):
        raise Conflict(_SAID["not-a-coordinator"], name="not-a-coordinator")
    if volunteer.person_id is not None and volunteer.person_id == person:
        raise invalid("/coordinator", "answers-for-themselves", "is the volunteer")
    volunteer.coordinator_id = person
    work.pending.changed = True
    audit.saw(session, "volunteer", volunteer.id)
    return volunteer


async def hear(session: AsyncSession, event: MembershipStarted) -> None:
    """Keep what the gateway says of somebody who coordinates; of others nothing is kept."""
    if event.starts_at is None or COORDINATING.isdisjoint(event.roles):
        return
    row = {
        "membership_id": event.membership,
        "partnership_id": work_of(session).partnership,
        "organisation_id": event.organisation,
        "person_id": event.person,
        "starts_on": civil_date(event.starts_at),
        "gone_on": civil_date(event.ends_at) if event.ends_at else None,
    }
    await leaves.keep_colleague(session, row)


def _whose(work: Work, person: UUID | None) -> UUID:
    """The person named, or the caller; somebody else's leave is a project manager's to enter and to call off."""
    person = person or work.person
    if person is None:
        raise invalid("/person", "missing", "is required")
    if person != work.person and Role.PROJECT_MANAGER not in work.roles:
        raise Forbidden("Somebody else's leave is entered and called off by a project manager.")
    return person


def _check_days(begins_on: date, ends_on: date, today: date) -> None:
    if begins_on < today:
        raise invalid("/from", "in-the-past", "lies in the past")
    if ends_on < begins_on:
        raise invalid("/to", "ends-before-it-starts", "is before the first day")
    if ends_on - begins_on > rules.LONGEST:
        raise invalid("/to", "too-long", f"is more than {rules.LONGEST // timedelta(days=1)} days after the first day")


async def _posts(session: AsyncSession, organisation: UUID) -> list[Post]:
    return [_post(one) for one in await leaves.list_colleagues(session, organisation)]


def _post(row: Colleague) -> Post:
    return Post(row.person_id, row.starts_on, row.gone_on)


def _plain(row: Leave) -> rules.Leave:
    return rules.Leave(row.person_id, row.cover_id, row.begins_on, row.ends_on, row.back_on)
