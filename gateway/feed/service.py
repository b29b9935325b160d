"""What people do with the feed: read on from where they were, and wait for more without holding a connection."""

import asyncio

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.feed import catalogue, cursors, repository
from gateway.feed.bell import NUMBERED
from gateway.feed.repository import Stretch
from gateway.feed.schemas import Wanted
from shared import audit
from shared.auth import Caller, Role
from shared.crypto import KeyRing

LATEST = "latest"
LOOK_SECONDS = 0.5
# Others know of a case only through whoever works on it.
ON_CASES = (
    Role.SOCIAL_WORKER,
    Role.LEAD_PRACTITIONER,
    Role.LA_MANAGER,
    Role.OPERATIONAL_LINK,
    Role.PROJECT_MANAGER,
    Role.COORDINATOR,
    Role.PARTNER_SYSTEM,
)
LEADS = (Role.LA_MANAGER, Role.OPERATIONAL_LINK, Role.PROJECT_MANAGER, Role.PARTNER_SYSTEM)


async def read(session: AsyncSession, caller: Caller, ring: KeyRing, wanted: Wanted) -> tuple[Stretch, str]:
    """What follows the cursor, and the cursor behind it; waits up to `wait` seconds while there is nothing."""
    place = await _place(session, caller, ring, wanted.after)
    until = asyncio.get_running_loop().time() + wanted.wait
    while True:
        ticket = NUMBERED.ticket()
        found = await repository.stretch(
            session, caller.partnership, place, wanted.limit, wanted.types, _hidden_from(caller)
        )
        place = found.place
        left = until - asyncio.get_running_loop().time()
        if found.events or found.more or left <= 0:
            break
        # Nothing was written: this only gives the connection back while we wait.
        await session.rollback()
        await NUMBERED.wait(ticket, min(left, LOOK_SECONDS))
    if families := {one.family for one in found.events if one.family}:
        audit.saw(session, "family", *families)
    return found, cursors.seal(ring, caller.partnership, caller.organisation, place)


def _hidden_from(caller: Caller) -> list[str]:
    """What the types begin with that are not shown to these roles."""
    guarded = () if caller.has(*ON_CASES) else catalogue.GUARDED
    return [*guarded, *(() if caller.has(*LEADS) else catalogue.RESTRICTED)]


async def _place(session: AsyncSession, caller: Caller, ring: KeyRing, after: str | None) -> int:
    if after == LATEST:
        return await repository.last_place(session, caller.partnership)
    return cursors.open_(ring, caller.partnership, caller.organisation, after) if after else 0
