"""The platform's own view: for steps that have to know rows which whoever asked for them may not see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import enter, work_of


@asynccontextmanager
async def platform_view(session: AsyncSession) -> AsyncIterator[None]:
    """See every case of this one partnership for a moment, for instance to know whether all others have signed.

    What is read inside decides something; it is never shown to the caller. An error inside ends the transaction: the
    wider view is never handed back with it.
    """
    work = work_of(session)
    own = work.scope
    await session.flush()
    work.scope = "service"
    await enter(session, work.partnership)
    try:
        yield
    except BaseException:
        work.scope = own
        raise
    await session.flush()
    work.scope = own
    await enter(session, work.partnership)
