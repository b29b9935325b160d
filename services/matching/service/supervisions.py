"""Supervision: a session with a volunteer, with the Records of Contact since the one before."""

from collections.abc import Sequence
from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.models import Contact, Supervision
from services.matching.repository import visits, volunteers
from services.matching.schemas.supervisions import RecordItem, SupervisionIn, SupervisionItem, SupervisionOut
from services.matching.service import standing
from services.matching.service.days import day_of
from services.matching.service.desk import Desk
from shared import audit
from shared.db import now_of, work_of
from shared.errors import Forbidden
from shared.events.matching import SupervisionHeld
from shared.ids import new_id

NOTES: Final = "supervisions.notes"


async def hold(session: AsyncSession, desk: Desk, body: SupervisionIn) -> Supervision:
    """Record a session; nobody supervises themselves."""
    volunteer = await volunteers.get_for_update(session, body.volunteer)
    work = work_of(session)
    if volunteer.person_id is not None and volunteer.person_id == work.person:
        raise Forbidden("Nobody supervises themselves.")
    last = await volunteers.find_last_supervision(session, volunteer.id)
    since = await visits.list_contacts_since(session, volunteer.id, last.recorded_at if last else None)
    cipher = await desk.person(session, volunteer.id)
    supervision = Supervision(
        id=new_id(),
        partnership_id=work.partnership,
        volunteer_id=volunteer.id,
        held_on=day_of(session, body.held_on, "/held_on"),
        supervisor=work.actor,
        notes=cipher.seal(NOTES, body.notes),
        contacts=[one.id for one in since],
        recorded_at=now_of(session),
    )
    session.add(supervision)
    await volunteers.note_supervised(session, volunteer.id, supervision.held_on)
    event = SupervisionHeld(volunteer=volunteer.id, supervision=supervision.id)
    standing.announce(session, volunteer, event)
    return supervision


async def show(session: AsyncSession, desk: Desk, supervision: Supervision) -> SupervisionOut:
    """A session with those of its records whose case the caller may see."""
    cipher = await desk.person(session, supervision.volunteer_id)
    records = await visits.list_contacts_by_id(session, supervision.contacts)
    audit.saw(session, "volunteer", supervision.volunteer_id)
    audit.saw(session, "supervision", supervision.id)
    return SupervisionOut(
        id=supervision.id,
        volunteer=supervision.volunteer_id,
        held_on=supervision.held_on,
        supervisor=supervision.supervisor,
        notes=cipher.open(NOTES, supervision.notes),
        records=_items(session, records),
        recorded_at=supervision.recorded_at,
    )


def show_all(session: AsyncSession, rows: Sequence[Supervision]) -> list[SupervisionItem]:
    """Sessions without their notes."""
    if rows:
        audit.saw(session, "volunteer", *{row.volunteer_id for row in rows})
    return [
        SupervisionItem(
            id=row.id,
            volunteer=row.volunteer_id,
            held_on=row.held_on,
            supervisor=row.supervisor,
            records=len(row.contacts),
        )
        for row in rows
    ]


def _items(session: AsyncSession, records: Sequence[Contact]) -> list[RecordItem]:
    if records:
        audit.saw(session, "contact", *(one.id for one in records))
    return [
        RecordItem(
            contact=one.id, match=one.match_id, visit=one.visit_id, recorded_at=one.recorded_at, concern=one.concern
        )
        for one in records
    ]
