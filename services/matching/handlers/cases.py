"""Reading a case's facts from the referral service."""

from uuid import UUID

from services.matching.schemas.facts import CaseFacts
from shared.peers import Peers


class ReferralCases:
    """Cases as the referral service's API tells of them, to this service's own client."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def facts(self, partnership: UUID, referral: UUID) -> CaseFacts:
        answer = await self._peers.get("referral", f"/v1/referrals/{referral}/case-facts", partnership)
        return CaseFacts.model_validate(answer)
