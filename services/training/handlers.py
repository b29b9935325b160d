"""What the training service does when it is told something; `register` lists all of it."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.service import volunteers
from shared.consumer import Handlers
from shared.events.matching import VolunteerApplied, VolunteerLeft, VolunteerSuspended


def register() -> Handlers:
    """Everything that this service hears."""
    heard = Handlers()
    heard.on(VolunteerApplied, on_volunteer_applied)
    heard.on(VolunteerSuspended, on_volunteer_suspended)
    heard.on(VolunteerLeft, on_volunteer_left)
    return heard


async def on_volunteer_applied(session: AsyncSession, event: VolunteerApplied) -> None:
    """From now on an induction may be started."""
    await volunteers.note_application(session, event.volunteer)


async def on_volunteer_suspended(session: AsyncSession, event: VolunteerSuspended) -> None:
    """A running induction is put on hold."""
    await volunteers.note_suspension(session, event.volunteer)


async def on_volunteer_left(session: AsyncSession, event: VolunteerLeft) -> None:
    """A running induction is abandoned."""
    await volunteers.note_leaving(session, event.volunteer)
