"""What our own events leave to be counted for the equality view; of an erased case nothing can be."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.repository import matches
from services.matching.service import equality
from services.matching.service.desk import Desk
from shared.crypto import Erased
from shared.errors import NotFound
from shared.events.matching import MatchAgreed, MatchRequestClosed, MatchRequestOpened


class Counting:
    """Counts families as they begin to wait and as they wait no longer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_match_request_opened(self, session: AsyncSession, event: MatchRequestOpened) -> None:
        try:
            await equality.opened(session, self._desk, event.match_request)
        except Erased:
            return

    async def on_match_agreed(self, session: AsyncSession, event: MatchAgreed) -> None:
        """All three have agreed: the family has somebody."""
        try:
            match = await matches.get(session, event.match)
            await equality.left(session, self._desk, match.match_request_id, matched=True)
        except (Erased, NotFound):
            return

    async def on_match_request_closed(self, session: AsyncSession, event: MatchRequestClosed) -> None:
        try:
            await equality.left(session, self._desk, event.match_request, matched=False)
        except Erased:
            return
