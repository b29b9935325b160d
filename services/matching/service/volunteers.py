"""A volunteer's course from the enquiry to the day they leave."""

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import clearance
from services.matching.domain.volunteers import VolunteerStatus, age_on, settled
from services.matching.models import Conflict, Volunteer
from services.matching.repository import volunteers
from services.matching.schemas.common import ExternalId
from services.matching.schemas.volunteers import ApplyIn, ConflictIn, Profile, ReasonIn, SignInIn, VolunteerIn
from services.matching.service import allegations, ending, inputs, progress, standing
from services.matching.service.days import day_of, instant_of, today
from services.matching.service.desk import Desk
from shared import audit, history
from shared.crypto import Cipher
from shared.db import Work, now_of, work_of
from shared.errors import Conflict as Refused
from shared.errors import IllegalMove, invalid
from shared.etag import Match as Version
from shared.events.matching import (
    VolunteerApplied,
    VolunteerLeft,
    VolunteerOnBreak,
    VolunteerReinstated,
    VolunteerSuspended,
)
from shared.ids import new_id

S = VolunteerStatus


async def register(session: AsyncSession, desk: Desk, body: VolunteerIn) -> Volunteer:
    """Take down an enquiry. The same external id or person twice is `already-registered`."""
    await _refuse_known(session, body.external_id, body.person)
    work = work_of(session)
    volunteer_id = new_id()
    cipher = await desk.person(session, volunteer_id)
    volunteer = Volunteer(
        id=volunteer_id,
        partnership_id=work.partnership,
        organisation_id=body.organisation or _own(work),
        person_id=body.person,
        external_system=body.external_id.system if body.external_id else None,
        external_id=body.external_id.id if body.external_id else None,
        status=S.ENQUIRED.value,
        given_name=cipher.seal("volunteers.given_name", body.given_name),
        family_name=cipher.seal("volunteers.family_name", body.family_name),
        birth_date=cipher.seal("volunteers.birth_date", body.birth_date.isoformat()),
        contact=cipher.seal("volunteers.contact", body.contact.model_dump_json()),
        registered_at=now_of(session),
    )
    if body.birth_date >= today(session):
        raise invalid("/birth_date", "in-the-future", "lies in the future")
    _describe(volunteer, cipher, body)
    session.add(volunteer)
    inputs.keep(session, volunteer, cipher)
    history.record(session, "volunteer", volunteer.id, (None, volunteer.status))
    audit.saw(session, "volunteer", volunteer.id)
    return volunteer


async def apply(session: AsyncSession, desk: Desk, volunteer_id: UUID, version: Version, body: ApplyIn) -> Volunteer:
    """Apply for a role; below its minimum age is 422 `below-minimum-age`."""
    volunteer = await _locked(session, volunteer_id, version)
    _require(volunteer, S.ENQUIRED, S.APPLIED)
    cipher = await desk.person(session, volunteer.id)
    born = cipher.open("volunteers.birth_date", volunteer.birth_date)
    rule = clearance.rule_for(body.role, body.frequency, today(session))
    least = clearance.minimum_age(rule, desk.policy)
    if age_on(date.fromisoformat(born), today(session)) < least:
        raise invalid("/role", "below-minimum-age", f"this role needs an age of {least}", name="below-minimum-age")
    standing.move(session, volunteer, S.APPLIED)
    volunteer.role, volunteer.frequency = body.role.value, body.frequency.value
    volunteer.lived_abroad = body.lived_abroad
    standing.announce(session, volunteer, VolunteerApplied(volunteer=volunteer.id))
    await session.flush()
    await progress.advance(session, desk, volunteer)
    return volunteer


async def describe(session: AsyncSession, desk: Desk, volunteer_id: UUID, version: Version, body: Profile) -> Volunteer:
    """Put a new profile in place of the former one."""
    volunteer = await _locked(session, volunteer_id, version)
    if body.capacity < volunteer.places_taken:
        raise Refused("More families than that are taken.", name="capacity-reached")
    cipher = await desk.person(session, volunteer.id)
    _describe(volunteer, cipher, body)
    inputs.keep(session, volunteer, cipher)
    work_of(session).pending.changed = True
    return volunteer


async def sign_in_as(session: AsyncSession, volunteer_id: UUID, version: Version, body: SignInIn) -> Volunteer:
    """Say with which person of the gateway the volunteer signs in."""
    volunteer = await _locked(session, volunteer_id, version)
    await _refuse_known(session, None, body.person)
    volunteer.person_id = body.person
    work_of(session).pending.changed = True
    return volunteer


async def take_break(session: AsyncSession, volunteer_id: UUID, version: Version, body: ReasonIn) -> Volunteer:
    """A break: their active matches rest."""
    await ending.pause_all(session, volunteer_id, "volunteer_unavailable")
    volunteer = await _locked(session, volunteer_id, version)
    _move(session, volunteer, S.ON_BREAK, body)
    standing.announce(session, volunteer, VolunteerOnBreak(volunteer=volunteer.id))
    return volunteer


async def come_back(session: AsyncSession, volunteer_id: UUID, version: Version) -> Volunteer:
    """Back from a break; each match is resumed by itself."""
    volunteer = await _locked(session, volunteer_id, version)
    _require(volunteer, S.ON_BREAK, S.AVAILABLE)
    standing.move(session, volunteer, S.AVAILABLE)
    standing.settle(session, volunteer)
    return volunteer


async def suspend(session: AsyncSession, volunteer_id: UUID, version: Version, body: ReasonIn) -> Volunteer:
    """Suspend at once: nothing is seen any more, and active matches are paused in the same moment."""
    await ending.pause_all(session, volunteer_id, "volunteer_suspended")
    volunteer = await _locked(session, volunteer_id, version)
    before = volunteer.status
    _move(session, volunteer, S.SUSPENDED, body)
    volunteer.suspended_from = before
    standing.announce(session, volunteer, VolunteerSuspended(volunteer=volunteer.id))
    return volunteer


async def reinstate(
    session: AsyncSession, desk: Desk, volunteer_id: UUID, version: Version, body: ReasonIn
) -> Volunteer:
    """End a suspension: back to where they were, and on as far as facts have come meanwhile."""
    volunteer = await _locked(session, volunteer_id, version)
    former = S(volunteer.suspended_from or S.AVAILABLE)
    _require(volunteer, S.SUSPENDED, former)
    allegations.require_none_open(volunteer)
    _move(session, volunteer, settled(former, volunteer.places_agreed), body)
    volunteer.suspended_from = None
    standing.announce(session, volunteer, VolunteerReinstated(volunteer=volunteer.id))
    await progress.advance(session, desk, volunteer)
    return volunteer


async def leave(session: AsyncSession, volunteer_id: UUID, version: Version, body: ReasonIn) -> Volunteer:
    """The volunteer leaves: their matches end, and the families' requests open again."""
    live = await ending.live_with_requests(session, volunteer_id)
    volunteer = await _locked(session, volunteer_id, version)
    await ending.end_all(session, live, "volunteer_left")
    _move(session, volunteer, S.LEFT, body)
    standing.announce(session, volunteer, VolunteerLeft(volunteer=volunteer.id))
    return volunteer


async def note_conflict(session: AsyncSession, volunteer_id: UUID, body: ConflictIn) -> Conflict:
    """Never match these two."""
    volunteer = await volunteers.get(session, volunteer_id)
    known = await volunteers.list_conflicts(session, volunteer.id)
    if any(one.family_id == body.family and one.kind == body.kind for one in known):
        raise Refused("That is noted already.", name="already-noted")
    work = work_of(session)
    conflict = Conflict(
        partnership_id=work.partnership,
        volunteer_id=volunteer.id,
        family_id=body.family,
        kind=body.kind,
        recorded_at=work.now,
    )
    session.add(conflict)
    work.pending.changed = True
    audit.saw(session, "volunteer", volunteer.id)
    return conflict


def _own(work: Work) -> UUID:
    if work.organisation is None:
        raise invalid("/organisation", "missing", "is required")
    return work.organisation


async def _locked(session: AsyncSession, volunteer_id: UUID, version: Version) -> Volunteer:
    volunteer = await volunteers.get_for_update(session, volunteer_id)
    version.check(volunteer)
    audit.saw(session, "volunteer", volunteer.id)
    return volunteer


def _require(volunteer: Volunteer, here: VolunteerStatus, there: VolunteerStatus) -> None:
    """A step that starts from one state only, though the lifecycle knows other ways to where it leads."""
    if volunteer.status != here:
        raise IllegalMove(volunteer.status, there.value)


def _move(session: AsyncSession, volunteer: Volunteer, to: VolunteerStatus, body: ReasonIn) -> None:
    day = day_of(session, body.happened_on, "/happened_on")
    standing.move(session, volunteer, to, body.reason_code, instant_of(session, day))


def _describe(volunteer: Volunteer, cipher: Cipher, body: Profile) -> None:
    volunteer.gender = body.gender
    volunteer.ethnicity = cipher.seal("volunteers.ethnicity", body.ethnicity) if body.ethnicity else None
    volunteer.faith = cipher.seal("volunteers.faith", body.faith) if body.faith else None
    volunteer.skills, volunteer.interests, volunteer.knowledge = body.skills, body.interests, body.knowledge
    volunteer.languages = body.languages
    volunteer.availability = sorted({slot.code for slot in body.availability})
    volunteer.outcode = body.outcode
    volunteer.capacity, volunteer.visits_a_week = body.capacity, body.visits_a_week


async def _refuse_known(session: AsyncSession, external: ExternalId | None, person: UUID | None) -> None:
    known = await volunteers.find_by_external_id(session, external) if external else None
    if known is None and person is not None:
        known = await volunteers.find_by_person(session, person)
    if known is not None:
        raise Refused(
            "This volunteer is registered already.",
            name="already-registered",
            title="There is such a record already",
            id=str(known),
        )
