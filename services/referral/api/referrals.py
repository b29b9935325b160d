"""Routes about a referral's course."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.api.callers import Decider, Policy, Reader, Registrar, Withdrawer
from services.referral.domain.referral import Status
from services.referral.models import Referral
from services.referral.schemas.fields import HistoryOut, Move, ReasonedMove
from services.referral.schemas.referrals import CaseFactsOut, ReferralIn, ReferralItem, ReferralOut
from services.referral.service import referral_lists, referral_views, referrals
from shared import etag
from shared.direct import Direct
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import DirectSession, PartsOf, Session, WorkerOnly

router = make_router("/v1/referrals", "referrals")


async def moved(session: AsyncSession | Direct, referral: Referral, response: Response) -> ReferralItem:
    """The answer to a move, with the new ETag."""
    await session.flush()
    etag.tag(response, referral)
    return referral_views.item_of(referral)


@router.post("", status_code=201)
async def draft_referral(
    body: ReferralIn, session: Session, parts: PartsOf, caller: Registrar, response: Response
) -> ReferralItem:
    """Draft a referral of a family that the caller may see; nobody else sees it before it is submitted."""
    referral = await referrals.draft(session, parts.vault, body)
    response.headers["Location"] = f"/v1/referrals/{referral.id}"
    return await moved(session, referral, response)


@router.get("")
async def list_referrals(
    session: Session,
    caller: Reader,
    status: Status | None = None,
    mine: Annotated[bool, Query(description="Only families to which the caller is allocated.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ReferralItem]:
    """List the referrals that the caller may see, newest first."""
    return await referral_lists.page(session, status, mine, (cursor, limit))


@router.get("/{referral_id}")
async def get_referral(
    referral_id: UUID, session: DirectSession, parts: PartsOf, caller: Reader, response: Response
) -> ReferralOut:
    """Show a referral."""
    referral = await referral_views.show(session, parts.vault, referral_id)
    etag.tag(response, referral)
    return referral


@router.put("/{referral_id}")
async def redraft_referral(  # noqa: PLR0913 - each is one dependency or the body
    referral_id: UUID,
    body: ReferralIn,
    session: Session,
    parts: PartsOf,
    caller: Registrar,
    match: IfMatch,
    response: Response,
) -> ReferralItem:
    """Replace a draft."""
    return await moved(session, await referrals.redraft(session, parts.vault, referral_id, match, body), response)


@router.get("/{referral_id}/history")
async def get_referral_history(referral_id: UUID, session: Session, caller: Reader) -> list[HistoryOut]:
    """Every change of the referral's status, oldest first: who, when, from, to, why."""
    return await referral_lists.history_of(session, referral_id)


@router.get("/{referral_id}/case-facts")
async def get_case_facts(referral_id: UUID, session: Session, parts: PartsOf, caller: WorkerOnly) -> CaseFactsOut:
    """What another service has to know and may not hear on the bus; for the platform's own workers only."""
    return await referral_views.case_facts(session, parts.vault, referral_id)


@router.post("/{referral_id}/submit")
async def submit_referral(  # noqa: PLR0913 - each is one dependency or the body
    referral_id: UUID,
    session: DirectSession,
    policy: Policy,
    caller: Registrar,
    match: IfMatch,
    response: Response,
    body: Move | None = None,
) -> ReferralItem:
    """Send it to the receiving organisation; the decision is due by the end of the next working day."""
    referral = await referrals.submit(session, policy, referral_id, match, body or Move())
    return await moved(session, referral, response)


@router.post("/{referral_id}/triage")
async def triage_referral(
    referral_id: UUID, session: Session, caller: Decider, match: IfMatch, response: Response, body: Move | None = None
) -> ReferralItem:
    """Begin to look at it."""
    return await moved(session, await referrals.triage(session, referral_id, match, body or Move()), response)


@router.post("/{referral_id}/accept")
async def accept_referral(
    referral_id: UUID, session: Session, caller: Decider, match: IfMatch, response: Response, body: Move | None = None
) -> ReferralItem:
    """Take the family on, once the risk is assessed."""
    return await moved(session, await referrals.accept(session, referral_id, match, body or Move()), response)


@router.post("/{referral_id}/decline")
async def decline_referral(
    referral_id: UUID, body: ReasonedMove, session: Session, caller: Decider, match: IfMatch, response: Response
) -> ReferralItem:
    """Not here, with a reason; a voluntary organisation that declines sees the family no more."""
    return await moved(session, await referrals.decline(session, referral_id, match, body), response)


@router.post("/{referral_id}/signpost")
async def signpost_referral(
    referral_id: UUID, body: ReasonedMove, session: Session, caller: Decider, match: IfMatch, response: Response
) -> ReferralItem:
    """Somebody else is the right one, with a reason."""
    return await moved(session, await referrals.signpost(session, referral_id, match, body), response)


@router.post("/{referral_id}/withdraw")
async def withdraw_referral(
    referral_id: UUID, body: ReasonedMove, session: Session, caller: Withdrawer, match: IfMatch, response: Response
) -> ReferralItem:
    """The family, or whoever referred it, wants it no more; with a reason, also in the middle."""
    return await moved(session, await referrals.withdraw(session, referral_id, match, body), response)
