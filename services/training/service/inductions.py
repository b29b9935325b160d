"""Start an induction, record attendance and judgements, decide, resume."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.domain import InductionStatus
from services.training.models import Attendance, Induction, Judgement, TrainingSession
from services.training.repository import catalogue, inductions, volunteers
from services.training.schemas.inductions import AttendanceIn, DecisionIn, JudgementIn
from services.training.service.catalogue import mark_held
from shared import audit, history, outbox
from shared.crypto import Subject, Vault
from shared.db import now_of, work_of
from shared.errors import Conflict
from shared.etag import Match
from shared.events.training import InductionStarted, VolunteerNotSuitable, VolunteerQualified

NOTES = "judgements.notes"


async def start(session: AsyncSession, volunteer_id: UUID, organisation: UUID) -> Induction:
    """One at a time; a volunteer who was not suitable once may be tried again, a qualified one need not."""
    domain.require_startable(await volunteers.find_standing_for_update(session, volunteer_id))
    other = await inductions.find_standing_in_the_way(session, volunteer_id)
    if other is not None:
        raise Conflict("This volunteer is in an induction, or qualified by one.", name="already-inducted")
    induction = Induction(
        partnership_id=work_of(session).partnership,
        organisation_id=organisation,
        volunteer_id=volunteer_id,
        status=InductionStatus.IN_PROGRESS,
        started_at=now_of(session),
        changed_at=now_of(session),
    )
    session.add(induction)
    see(session, induction)
    history.record(session, "induction", induction.id, (None, InductionStatus.IN_PROGRESS))
    outbox.add(session, InductionStarted(volunteer=volunteer_id, induction=induction.id))
    return induction


async def record_attendance(session: AsyncSession, induction_id: UUID, body: AttendanceIn) -> Attendance:
    """At a session that has begun and was not cancelled; the first entry says that it was held."""
    induction = await _running(session, induction_id)
    await _take_place(session, body.session)
    attendance = Attendance(
        partnership_id=induction.partnership_id,
        induction_id=induction.id,
        part=body.part,
        entry=await inductions.next_entry(session, Attendance, induction.id, body.part),
        session_id=body.session,
        attended=body.attended,
        recorded_at=now_of(session),
        recorded_by=work_of(session).actor,
    )
    session.add(attendance)
    return attendance


async def _take_place(session: AsyncSession, session_id: UUID) -> None:
    place = await catalogue.get_for_update(session, TrainingSession, session_id)
    if not domain.took_place(place.status):
        mark_held(session, place)


async def record_judgement(session: AsyncSession, vault: Vault, induction_id: UUID, body: JudgementIn) -> Judgement:
    """After the part was attended; a later judgement of the same part stands in its place."""
    induction = await _running(session, induction_id)
    parts = await inductions.standing_of_parts(session, induction.id)
    domain.require_attended(body.part, parts[body.part])
    judgement = Judgement(
        partnership_id=induction.partnership_id,
        induction_id=induction.id,
        part=body.part,
        entry=await inductions.next_entry(session, Judgement, induction.id, body.part),
        suitability=body.suitability,
        notes=await _sealed(vault, induction, body.notes),
        recorded_at=now_of(session),
        recorded_by=work_of(session).actor,
    )
    session.add(judgement)
    return judgement


async def _sealed(vault: Vault, induction: Induction, notes: str | None) -> bytes | None:
    if notes is None:
        return None
    cipher = await vault.cipher(induction.partnership_id, Subject.person(induction.volunteer_id))
    return cipher.seal(NOTES, notes)


async def notes_of(vault: Vault, induction: Induction, judgements: list[Judgement]) -> dict[UUID, str]:
    """The notes by judgement; none once the volunteer's key has been destroyed."""
    subject = Subject.person(induction.volunteer_id)
    if not any(one.notes for one in judgements):
        return {}
    cipher = (await vault.ciphers(induction.partnership_id, [subject])).get(subject)
    return {one.id: cipher.open(NOTES, one.notes) for one in judgements if one.notes} if cipher else {}


async def decide(session: AsyncSession, induction_id: UUID, body: DecisionIn, match: Match) -> Induction:
    """Qualified once every part is attended and judged suitable; not suitable at any point."""
    wanted = InductionStatus(body.decision)
    domain.require_reason(wanted, body.reason_code)
    induction = await _own_for_update(session, induction_id)
    match.check(induction)
    domain.INDUCTIONS.move(induction.status, wanted)
    if wanted is InductionStatus.QUALIFIED:
        domain.require_complete(await inductions.standing_of_parts(session, induction.id))
    move(session, induction, wanted, body.reason_code)
    induction.decided_at, induction.decided_by = now_of(session), work_of(session).actor
    induction.reason_code = body.reason_code
    event = VolunteerQualified if wanted is InductionStatus.QUALIFIED else VolunteerNotSuitable
    outbox.add(session, event(volunteer=induction.volunteer_id, induction=induction.id))
    return induction


async def resume(session: AsyncSession, induction_id: UUID, match: Match) -> Induction:
    """Go on after a suspension was lifted."""
    induction = await _own_for_update(session, induction_id)
    match.check(induction)
    move(session, induction, InductionStatus.IN_PROGRESS)
    return induction


def move(session: AsyncSession, induction: Induction, wanted: InductionStatus, reason_code: str | None = None) -> None:
    before, induction.status = induction.status, domain.INDUCTIONS.move(induction.status, wanted)
    induction.changed_at = now_of(session)
    history.record(session, "induction", induction.id, (before, wanted), reason_code=reason_code)


def see(session: AsyncSession, *shown: Induction) -> None:
    """Note for the audit whose inductions this request shows or changes."""
    audit.saw(session, "induction", *(one.id for one in shown))
    audit.saw(session, "volunteer", *(one.volunteer_id for one in shown))


async def _running(session: AsyncSession, induction_id: UUID) -> Induction:
    """The induction, locked and marked as changed, while it is in progress."""
    induction = await _own_for_update(session, induction_id)
    domain.require_in_progress(induction.status)
    work_of(session).pending.changed = True
    induction.changed_at = now_of(session)
    return induction


async def _own_for_update(session: AsyncSession, induction_id: UUID) -> Induction:
    induction = await inductions.get_for_update(session, induction_id)
    see(session, induction)
    return induction
