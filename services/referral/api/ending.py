"""Routes about the end of a referral."""

from uuid import UUID

from fastapi import Response

from services.referral.api.callers import ProjectManager
from services.referral.api.referrals import moved
from services.referral.schemas.fields import Move
from services.referral.schemas.referrals import ConcludeIn, ReferralItem
from services.referral.service import ending
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.routing import Session

router = make_router("/v1/referrals/{referral_id}", "referrals")


@router.post("/begin-ending")
async def begin_ending_referral(
    referral_id: UUID,
    session: Session,
    caller: ProjectManager,
    match: IfMatch,
    response: Response,
    body: Move | None = None,
) -> ReferralItem:
    """Begin the end: evaluations and closing readings are asked for."""
    return await moved(session, await ending.begin_ending(session, referral_id, match, body or Move()), response)


@router.post("/conclude")
async def conclude_referral(
    referral_id: UUID, body: ConcludeIn, session: Session, caller: ProjectManager, match: IfMatch, response: Response
) -> ReferralItem:
    """Conclude, once evaluations and closing readings exist or there is a coded reason why one cannot."""
    return await moved(session, await ending.conclude(session, referral_id, match, body), response)
