"""What the training service does when it is told something; `register` lists all of it."""

from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.service import forgetting, imports, places, releases, taking_over, volunteers
from services.training.service.release_audits import AuditJob, Begun
from services.training.settings import policy_of
from shared.clocks import DueClock
from shared.consumer import Handlers
from shared.crypto import Subject, SubjectKind
from shared.db import work_of
from shared.events.matching import VolunteerApplied, VolunteerLeft, VolunteerReinstated, VolunteerSuspended
from shared.events.referral import SubjectErased
from shared.jobs import Jobs, Kind
from shared.parts import Parts
from shared.worker import background

MOST_SECONDS: Final = 1800.0


def auditing(most_seconds: float = MOST_SECONDS) -> Jobs[Begun]:
    """Releases that this process is to audit."""
    return Jobs(Kind(releases.KIND, most_seconds))


def register(parts: Parts, audits: Jobs[Begun] | None = None) -> Handlers:
    """Everything that this service hears."""
    heard = Handlers()
    heard.on(VolunteerApplied, on_volunteer_applied)
    heard.on(VolunteerSuspended, on_volunteer_suspended)
    heard.on(VolunteerReinstated, on_volunteer_reinstated)
    heard.on(VolunteerLeft, on_volunteer_left)
    keys = KeyHolder(parts)
    heard.on(SubjectErased, keys.on_subject_erased)
    heard.on_clock(imports.KIND, on_import_unwanted)
    heard.on_clock(imports.KEY_KIND, keys.on_import_forgotten)
    heard.on_clock(taking_over.TURN_KIND, keys.on_import_asked_for)
    heard.on_clock(places.KIND, on_reminder_due)
    heard.on_clock(forgetting.KIND, keys.on_attendee_unused)
    heard.on_clock(releases.KIND, (audits or auditing()).on_due)
    return heard


async def listen(parts: Parts) -> None:
    """The background of a process of this service."""
    audits = auditing()

    async def audit(parts: Parts) -> None:
        await audits.run(parts, AuditJob(parts.vault))

    await background(register(parts, audits), audit)(parts)


class KeyHolder:
    """Handlers that open what is sealed, or destroy its key."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def on_subject_erased(self, session: AsyncSession, event: SubjectErased) -> None:
        """What was sealed for this person or case can be read no more."""
        subject = Subject(SubjectKind(event.subject_kind), event.subject)
        await self._parts.vault.destroy(work_of(session).partnership, subject)

    async def on_import_forgotten(self, _session: AsyncSession, due: DueClock) -> None:
        """A sheet was discarded or taken over: what copies hold of it can be read no more."""
        await imports.destroy_key(self._parts.vault, due.partnership, due.subject)

    async def on_import_asked_for(self, session: AsyncSession, due: DueClock) -> None:
        """A long sheet is taken over."""
        await taking_over.take_turn(session, self._parts, due.subject)

    async def on_attendee_unused(self, session: AsyncSession, due: DueClock) -> None:
        """Somebody booked, and by now it is known whether they came."""
        await forgetting.expire(session, self._parts, due.subject, policy_of(self._parts).booked_kept)


async def on_import_unwanted(session: AsyncSession, due: DueClock) -> None:
    """A sheet that nobody has taken over for a week is forgotten."""
    await imports.discard_unwanted(session, due.subject)


async def on_volunteer_applied(session: AsyncSession, event: VolunteerApplied) -> None:
    """From now on an induction may be started."""
    await volunteers.note_application(session, event.volunteer)


async def on_volunteer_suspended(session: AsyncSession, event: VolunteerSuspended) -> None:
    """A running induction is put on hold."""
    await volunteers.note_suspension(session, event.volunteer)


async def on_volunteer_reinstated(session: AsyncSession, event: VolunteerReinstated) -> None:
    """An induction that was on hold goes on."""
    await volunteers.note_reinstatement(session, event.volunteer)


async def on_volunteer_left(session: AsyncSession, event: VolunteerLeft) -> None:
    """A running induction is abandoned."""
    await volunteers.note_leaving(session, event.volunteer)


async def on_reminder_due(session: AsyncSession, due: DueClock) -> None:
    """Whoever has a place of a session that starts soon is reminded."""
    await places.remind(session, due.subject)
