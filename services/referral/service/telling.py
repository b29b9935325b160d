"""Telling of a referral: the authority and the organisation that received it hear, no other party of the case."""

from collections.abc import Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.access import audience
from services.referral.models import Referral
from services.referral.repository import access
from shared import outbox
from shared.events.referral import Grant, ReferralEvent


def of(referral: Referral) -> dict[str, Any]:
    """The fields that every event of a referral has."""
    return {"family": referral.family_id, "referral": referral.id, "kind": referral.kind}


async def tell(
    session: AsyncSession, referral: Referral, event: ReferralEvent, listed: Sequence[Grant] | None = None
) -> None:
    """Add the event for those who could open the referral at this moment; `listed` when it is known who they are."""
    known = await access.list_grants(session, referral.family_id) if listed is None else listed
    outbox.add(session, event, audience=audience(known, referral.scheme_id))
