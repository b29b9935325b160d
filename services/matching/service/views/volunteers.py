"""Volunteers as callers are shown them."""

from collections.abc import Sequence
from datetime import date

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import clearance
from services.matching.domain.clearance import Decision, Disclosure, Frequency, Level, VolunteerRole, Workforce
from services.matching.domain.volunteers import VolunteerStatus
from services.matching.models import Clearance, Volunteer
from services.matching.repository import volunteers
from services.matching.schemas.clearances import ClearanceOut
from services.matching.schemas.common import ExternalId, Slot
from services.matching.schemas.volunteers import ClearanceState, ContactDetails, VolunteerOut
from services.matching.service import progress
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared import audit
from shared.auth import Role
from shared.crypto import Cipher, Subject
from shared.db import Work, work_of


async def show(session: AsyncSession, desk: Desk, volunteer: Volunteer) -> VolunteerOut:
    """One volunteer, with what their clearance still lacks."""
    await session.flush()
    audit.saw(session, "volunteer", volunteer.id)
    shown = _out(volunteer, await desk.person(session, volunteer.id), in_full=looks_after(work_of(session), volunteer))
    if volunteer.role is not None:
        lacking = clearance.missing(await progress.checks_of(session, volunteer), today(session), desk.policy)
        shown.clearance = ClearanceState(
            current=not lacking, missing=lacking, expires_on=volunteer.clearance_expires_on
        )
    return shown


async def show_all(session: AsyncSession, desk: Desk, rows: Sequence[Volunteer]) -> list[VolunteerOut]:
    """A list of volunteers, without the details of each; whose key was destroyed is left out."""
    work = work_of(session)
    ciphers = await desk.vault.ciphers(work.partnership, [Subject.person(row.id) for row in rows])
    shown = [
        _out(row, cipher, in_full=False) for row in rows if (cipher := ciphers.get(Subject.person(row.id))) is not None
    ]
    if shown:
        audit.saw(session, "volunteer", *(one.id for one in shown))
    return shown


async def show_clearances(session: AsyncSession, desk: Desk, volunteer: Volunteer) -> list[ClearanceOut]:
    """Every certificate that was seen, and whether it serves the role."""
    checks = await progress.checks_of(session, volunteer)
    cipher = await desk.person(session, volunteer.id)
    audit.saw(session, "volunteer", volunteer.id)
    return [show_clearance(one, cipher, checks) for one in await volunteers.list_clearances(session, volunteer.id)]


def show_clearance(row: Clearance, cipher: Cipher, checks: clearance.Checks) -> ClearanceOut:
    """One certificate."""
    seen = Disclosure(Level(row.level), Workforce(row.workforce), row.issued_on, Decision(row.decision))
    return ClearanceOut(
        id=row.id,
        level=seen.level,
        workforce=seen.workforce,
        issued_on=row.issued_on,
        certificate_number=cipher.open("volunteer_clearances.certificate_number", row.certificate_number),
        seen_by=row.seen_by,
        decision=seen.decision,
        counts=clearance.serves(seen, checks.rule),
    )


async def name_of(session: AsyncSession, desk: Desk, volunteer: Volunteer) -> str:
    """Given and family name, for staff who work with the volunteer's match."""
    cipher = await desk.person(session, volunteer.id)
    audit.saw(session, "volunteer", volunteer.id)
    given = cipher.open("volunteers.given_name", volunteer.given_name)
    return f"{given} {cipher.open('volunteers.family_name', volunteer.family_name)}"


def looks_after(work: Work, volunteer: Volunteer) -> bool:
    """Whether birth date, contact and ethnicity may be shown: to the scheme's staff, and to the volunteer."""
    own = volunteer.person_id is not None and volunteer.person_id == work.person
    return own or bool({Role.COORDINATOR, Role.PROJECT_MANAGER} & set(work.roles))


def _out(row: Volunteer, cipher: Cipher, *, in_full: bool) -> VolunteerOut:
    external = None
    if row.external_system is not None and row.external_id is not None:
        external = ExternalId(system=row.external_system, id=row.external_id)
    shown = VolunteerOut(
        id=row.id,
        version=row.version,
        status=VolunteerStatus(row.status),
        organisation=row.organisation_id,
        person=row.person_id,
        coordinator=row.coordinator_id,
        external_id=external,
        given_name=cipher.open("volunteers.given_name", row.given_name),
        family_name=cipher.open("volunteers.family_name", row.family_name),
        role=VolunteerRole(row.role) if row.role else None,
        frequency=Frequency(row.frequency) if row.frequency else None,
        gender=row.gender,
        skills=row.skills,
        interests=row.interests,
        knowledge=row.knowledge,
        languages=row.languages,
        availability=[Slot.of(code) for code in row.availability],
        outcode=row.outcode,
        capacity=row.capacity,
        places_taken=row.places_taken,
        visits_a_week=row.visits_a_week,
    )
    if in_full:
        shown.birth_date = date.fromisoformat(cipher.open("volunteers.birth_date", row.birth_date))
        shown.contact = ContactDetails.model_validate(orjson.loads(cipher.open("volunteers.contact", row.contact)))
        shown.faith = cipher.open("volunteers.faith", row.faith) if row.faith else None
        shown.ethnicity = cipher.open("volunteers.ethnicity", row.ethnicity) if row.ethnicity else None
    return shown
