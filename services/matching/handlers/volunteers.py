"""What is heard of volunteers: from training, from ourselves, and from the clock."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.repository import volunteers as kept
from services.matching.service import check_ins, ending, facts, leaves, progress, sightings, standing
from services.matching.service.desk import Desk
from shared.clocks import DueClock
from shared.db import work_of
from shared.events.matching import (
    ContactCorrected,
    ContactRecorded,
    VisitClosed,
    VolunteerClearanceExpired,
    VolunteerClearanceExpiring,
    VolunteerLeft,
    VolunteerOnBreak,
    VolunteerSuspended,
)
from shared.events.training import InductionStarted, VolunteerNotSuitable, VolunteerQualified


class Volunteers:
    """Hears of volunteers' training, and of what our own events leave to be done for cases nobody at hand may see."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_induction_started(self, session: AsyncSession, event: InductionStarted) -> None:
        (await facts.training(session, event.volunteer)).started = True
        await self._advance(session, event.volunteer)

    async def on_volunteer_qualified(self, session: AsyncSession, event: VolunteerQualified) -> None:
        (await facts.training(session, event.volunteer)).qualified = True
        await self._advance(session, event.volunteer)

    async def on_volunteer_not_suitable(self, session: AsyncSession, event: VolunteerNotSuitable) -> None:
        (await facts.training(session, event.volunteer)).not_suitable = True
        await self._advance(session, event.volunteer)

    async def on_visit_closed(self, session: AsyncSession, event: VisitClosed) -> None:
        await sightings.review(session, self._desk, event.visit)

    async def on_contact_recorded(self, session: AsyncSession, event: ContactRecorded) -> None:
        await sightings.review(session, self._desk, event.visit)

    async def on_contact_corrected(self, session: AsyncSession, event: ContactCorrected) -> None:
        await sightings.review(session, self._desk, event.visit)

    async def _advance(self, session: AsyncSession, volunteer_id: UUID) -> None:
        """As far as the facts allow. A fact may come before its volunteer is known here: it stays for later."""
        await session.flush()
        volunteer = await kept.find_for_update(session, volunteer_id)
        if volunteer is not None:
            work_of(session).pending.changed = True
            await progress.advance(session, self._desk, volunteer)


async def on_volunteer_suspended(session: AsyncSession, event: VolunteerSuspended) -> None:
    """Pause also those matches that whoever suspended could not see."""
    await ending.pause_all(session, event.volunteer, "volunteer_suspended")


async def on_volunteer_on_break(session: AsyncSession, event: VolunteerOnBreak) -> None:
    """Pause also those matches that whoever noted the break could not see."""
    await ending.pause_all(session, event.volunteer, "volunteer_unavailable")


async def on_volunteer_left(session: AsyncSession, event: VolunteerLeft) -> None:
    """End also those matches that whoever noted the leaving could not see."""
    await ending.end_all(session, await ending.live_with_requests(session, event.volunteer), "volunteer_left")


async def on_contact_overdue(session: AsyncSession, due: DueClock) -> None:
    """The 48 hours of a Record of Contact are over."""
    await sightings.raise_overdue(session, due.subject)


async def on_not_checked_out(session: AsyncSession, due: DueClock) -> None:
    """The planned end of a visit is over for so long, and nobody has checked out."""
    await check_ins.say_not_checked_out(session, due.subject, due.due_at)


async def on_clearance_expired(session: AsyncSession, due: DueClock) -> None:
    """From this day the volunteer is out of matching."""
    volunteer = await kept.find_for_update(session, due.subject)
    if volunteer is None or volunteer.clearance_expires_on is None:
        return
    answers = await leaves.answering(session, volunteer.id)
    event = VolunteerClearanceExpired(
        volunteer=volunteer.id, expires_on=volunteer.clearance_expires_on, answers=answers
    )
    standing.announce(session, volunteer, event)
    await ending.tell_lapsed(session, volunteer.id)


async def on_clearance_lapsed(session: AsyncSession, due: DueClock) -> None:
    """A correction has ended it before its day: the coordinators of the running matches are told."""
    await ending.tell_lapsed(session, due.subject)


async def on_clearance_expiring(session: AsyncSession, due: DueClock) -> None:
    """So many days ahead; the clock's kind says how many."""
    volunteer = await kept.find_for_update(session, due.subject)
    if volunteer is None or volunteer.clearance_expires_on is None:
        return
    days = int(due.kind.removeprefix(f"{progress.EXPIRING}-"))
    answers = await leaves.answering(session, volunteer.id)
    event = VolunteerClearanceExpiring(
        volunteer=volunteer.id, days=days, expires_on=volunteer.clearance_expires_on, answers=answers
    )
    standing.announce(session, volunteer, event)
