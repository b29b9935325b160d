"""What is heard of people who work for an organisation."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.service import leaves
from shared.events.gateway import MembershipEnded, MembershipStarted


async def on_membership_started(session: AsyncSession, event: MembershipStarted) -> None:
    await leaves.hear(session, event)


async def on_membership_ended(session: AsyncSession, event: MembershipEnded) -> None:
    """Whoever was to cover and is gone covers no more: what they answered for is everybody's."""
    await leaves.hear(session, event)
