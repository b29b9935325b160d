"""What opens an allegation, and what its clocks say."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.repository import allegations as kept
from services.matching.repository import volunteers
from services.matching.service import allegations
from services.matching.service.allegations import Opening
from services.matching.service.desk import Desk
from shared.clocks import DueClock
from shared.events.referral import ConcernRaised


class Allegations:
    """Hears of concerns about volunteers; keeps and destroys the allegations' own keys."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_concern_raised(self, session: AsyncSession, event: ConcernRaised) -> None:
        """A concern about a volunteer opens an allegation, once; one about somebody who is none here does not."""
        if event.volunteer is None or await kept.is_known(session, event.concern):
            return
        if await volunteers.find(session, event.volunteer) is not None:
            await allegations.open_allegation(session, self._desk, Opening(event.volunteer, concern=event.concern))

    async def on_kept_until(self, session: AsyncSession, due: DueClock) -> None:
        """The years for which the record is kept are over."""
        await allegations.erase(session, self._desk, due.subject)


async def on_lado_not_told(session: AsyncSession, due: DueClock) -> None:
    """The working day in which the designated officer has to be told is over."""
    await allegations.say_lado_not_told(session, due.subject)
