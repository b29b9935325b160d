"""Telling of a referral: the authority and the organisation that received it hear, no other party of the case."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.access import audience
from services.referral.models import Referral
from services.referral.repository import access
from shared import outbox
from shared.events.referral import ReferralEvent


def of(referral: Referral) -> dict[str, Any]:
    """The fields that every event of a referral has."""
    return {"family": referral.family_id, "referral": referral.id, "kind": referral.kind}


async def tell(session: AsyncSession, referral: Referral, event: ReferralEvent) -> None:
    """Add the event for those who could open the referral at this moment."""
    known = await access.list_grants(session, referral.family_id)
    outbox.add(session, event, audience=audience(known, referral.scheme_id))
