"""Allegations: opening one suspends the volunteer in the same moment; dated steps; the outcome; how long it is kept."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import allegations as rules
from services.matching.domain.allegations import ALLEGATIONS, AllegationStatus, Nature, StepKind, Verdict
from services.matching.domain.volunteers import GONE, VolunteerStatus
from services.matching.models import Allegation, AllegationStep, Volunteer
from services.matching.repository import allegations, volunteers
from services.matching.schemas.allegations import DecisionIn, StepIn
from services.matching.service import ending, standing
from services.matching.service.days import day_of
from services.matching.service.desk import Desk
from shared import audit, clocks, history, outbox
from shared.calendar import LONDON, england
from shared.crypto import Cipher, Erased, Subject
from shared.db import now_of, work_of
from shared.errors import Conflict, Gate, NotFound
from shared.etag import Match as Version
from shared.events.matching import (
    AllegationDecided,
    AllegationEvent,
    AllegationLadoNotTold,
    AllegationOpened,
    VolunteerLeft,
    VolunteerSuspended,
)
from shared.ids import new_id

LADO_CLOCK: Final = "allegation-lado"
KEPT_CLOCK: Final = "allegation-kept"
DESCRIPTION: Final = "allegations.description"
REASONS: Final = "allegations.reasons"
NOTE: Final = "allegation_steps.note"
# What a volunteer's history says; whoever reads it does not learn that there is an allegation.
UNDER_REVIEW: Final = "under_review"


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known when an allegation is opened, by a lead or by a concern."""

    volunteer: UUID
    concern: UUID | None = None
    nature: Nature | None = None
    happened_on: date | None = None
    description: str | None = None


async def open_allegation(session: AsyncSession, desk: Desk, opening: Opening) -> Allegation:
    """The volunteer is suspended and their matches rest in this same transaction."""
    happened_on = day_of(session, opening.happened_on, "/happened_on") if opening.happened_on else None
    await ending.pause_all(session, opening.volunteer, "volunteer_suspended")
    volunteer = await volunteers.get_for_update(session, opening.volunteer)
    work = work_of(session)
    if volunteer.person_id is not None and volunteer.person_id == work.person:
        raise NotFound
    allegation = Allegation(
        id=new_id(),
        partnership_id=volunteer.partnership_id,
        volunteer_id=volunteer.id,
        concern_id=opening.concern,
        status=AllegationStatus.OPEN.value,
        nature=opening.nature.value if opening.nature else None,
        happened_on=happened_on,
        readers=await _readers(session, volunteer),
        opened_by=work.actor,
        opened_at=work.now,
        lado_due_at=england().due(work.now, desk.policy.lado_told_working_days),
    )
    if opening.description is not None:
        allegation.description = (await cipher_of(session, desk, allegation.id)).seal(DESCRIPTION, opening.description)
    session.add(allegation)
    version = england().version
    await clocks.start(session, LADO_CLOCK, allegation.id, allegation.lado_due_at, calendar_version=version)
    _suspend(session, volunteer)
    _moved(session, allegation, None)
    _tell(session, allegation, AllegationOpened(allegation=allegation.id, lado_due_at=allegation.lado_due_at))
    return allegation


async def take_step(session: AsyncSession, desk: Desk, allegation_id: UUID, body: StepIn) -> AllegationStep:
    """A dated step, also after the decision. That the designated officer was told stops their clock."""
    allegation = await _locked(session, allegation_id)
    _require_kept(allegation)
    done_on = day_of(session, body.done_on, "/done_on")
    work = work_of(session)
    work.pending.changed = True
    step = AllegationStep(
        id=new_id(),
        partnership_id=allegation.partnership_id,
        allegation_id=allegation.id,
        kind=body.kind.value,
        done_on=done_on,
        recorded_by=work.actor,
        recorded_at=work.now,
    )
    if body.note is not None:
        step.note = (await cipher_of(session, desk, allegation.id)).seal(NOTE, body.note)
    session.add(step)
    if body.kind is StepKind.LADO_TOLD:
        allegation.lado_told_on = min(allegation.lado_told_on or done_on, done_on)
        await clocks.stop(session, LADO_CLOCK, allegation.id)
    return step


async def decide(
    session: AsyncSession, desk: Desk, allegation_id: UUID, version: Version, body: DecisionIn
) -> Allegation:
    """What came of it. Substantiated, the volunteer's matches end and there is no way back."""
    verdict = Verdict(body.outcome, day_of(session, body.decided_on, "/decided_on"), body.no_barring_code)
    volunteer_id = (await allegations.get(session, allegation_id)).volunteer_id
    # Matches before their volunteer, as everywhere; the allegation last.
    live = await ending.live_with_requests(session, volunteer_id)
    volunteer = await volunteers.get_for_update(session, volunteer_id)
    allegation = await _locked(session, allegation_id)
    version.check(allegation)
    before = AllegationStatus(allegation.status)
    after = ALLEGATIONS.move(before, AllegationStatus.DECIDED)
    lacking = rules.missing(verdict, {one.kind for one in await allegations.list_steps(session, allegation.id)})
    if lacking:
        raise Gate("gate-allegation-steps", "Steps are missing without which it cannot be decided so.", lacking)
    allegation.status = after.value
    await _note_decision(session, desk, allegation, volunteer, verdict, body.reasons)
    volunteer.open_allegations -= 1
    if rules.ends_volunteering(verdict.outcome) and VolunteerStatus(volunteer.status) not in GONE:
        await ending.end_all(session, live, "safety")
        standing.move(session, volunteer, VolunteerStatus.NOT_SUITABLE, UNDER_REVIEW)
        standing.announce(session, volunteer, VolunteerLeft(volunteer=volunteer.id))
    _moved(session, allegation, before)
    _tell(session, allegation, AllegationDecided(allegation=allegation.id))
    return allegation


def require_none_open(volunteer: Volunteer) -> None:
    """Refuse (409 `under-review`) to reinstate while an allegation is not decided."""
    if volunteer.open_allegations:
        raise Conflict("What led to the suspension is not decided yet.", name="under-review")


async def say_lado_not_told(session: AsyncSession, allegation_id: UUID) -> None:
    """The designated officer should have been told by now: said once, by the clock that ran out."""
    allegation = await allegations.find_for_update(session, allegation_id)
    if allegation is not None and allegation.lado_told_on is None and allegation.status == AllegationStatus.OPEN:
        event = AllegationLadoNotTold(allegation=allegation.id, due_at=allegation.lado_due_at)
        _tell(session, allegation, event)


async def erase(session: AsyncSession, desk: Desk, allegation_id: UUID) -> None:
    """Its time is over: the key is destroyed, so that nobody reads its words any more; that it was stays."""
    allegation = await allegations.find_for_update(session, allegation_id)
    if allegation is None or allegation.erased_at is not None:
        return
    await desk.vault.destroy(allegation.partnership_id, Subject.case(allegation.id))
    allegation.description, allegation.reasons = None, None
    allegation.erased_at = now_of(session)
    for step in await allegations.list_steps(session, allegation.id):
        step.note = None


async def cipher_of(session: AsyncSession, desk: Desk, allegation_id: UUID) -> Cipher:
    """The allegation's own key: it outlives the volunteer's, and goes when its own time is over."""
    return await desk.vault.cipher(work_of(session).partnership, Subject.case(allegation_id))


async def _readers(session: AsyncSession, volunteer: Volunteer) -> list[UUID]:
    """The volunteer's scheme, the local authorities, and whoever opens it."""
    known = {volunteer.organisation_id, *await allegations.list_authorities(session)}
    opener = work_of(session)
    if opener.scope == "organisation" and opener.organisation is not None:
        known.add(opener.organisation)
    return sorted(known)


def _suspend(session: AsyncSession, volunteer: Volunteer) -> None:
    volunteer.open_allegations += 1
    before = VolunteerStatus(volunteer.status)
    if before in GONE or before is VolunteerStatus.SUSPENDED:
        return
    standing.move(session, volunteer, VolunteerStatus.SUSPENDED, UNDER_REVIEW)
    volunteer.suspended_from = before.value
    standing.announce(session, volunteer, VolunteerSuspended(volunteer=volunteer.id))


async def _locked(session: AsyncSession, allegation_id: UUID) -> Allegation:
    allegation = await allegations.get_for_update(session, allegation_id)
    audit.saw(session, "allegation", allegation.id)
    audit.saw(session, "volunteer", allegation.volunteer_id)
    return allegation


def _require_kept(allegation: Allegation) -> None:
    if allegation.erased_at is not None:
        raise Conflict("The time for which this record is kept is over.", name="allegation-erased")


async def _note_decision(
    session: AsyncSession, desk: Desk, allegation: Allegation, volunteer: Volunteer, verdict: Verdict, reasons: str
) -> None:
    allegation.outcome, allegation.decided_on = verdict.outcome.value, verdict.decided_on
    allegation.decided_by, allegation.no_barring_code = work_of(session).actor, verdict.no_barring_code
    allegation.reasons = (await cipher_of(session, desk, allegation.id)).seal(REASONS, reasons)
    allegation.keep_until = rules.kept_until(verdict, await _born(session, desk, volunteer), desk.policy)
    due = datetime.combine(allegation.keep_until, time.min, LONDON).astimezone(UTC)
    await clocks.start(session, KEPT_CLOCK, allegation.id, due)


async def _born(session: AsyncSession, desk: Desk, volunteer: Volunteer) -> date | None:
    try:
        cipher = await desk.person(session, volunteer.id)
        return date.fromisoformat(cipher.open("volunteers.birth_date", volunteer.birth_date))
    except Erased:
        return None


def _moved(session: AsyncSession, allegation: Allegation, before: AllegationStatus | None) -> None:
    # Its history belongs to no case: the allegation's own id stands for the family, so that no list shows it.
    change = (before.value if before else None, allegation.status)
    history.record(session, "allegation", allegation.id, change, family=allegation.id)


def _tell(session: AsyncSession, allegation: Allegation, event: AllegationEvent) -> None:
    outbox.add(session, event, audience=allegation.readers)
