"""Routes about concerns."""

from uuid import UUID

from fastapi import Response

from services.referral.api.callers import Anybody, Policy
from services.referral.domain.concern import ConcernStatus
from services.referral.schemas.concerns import ConcernIn, ConcernItem, ConcernOut, ConcernRaisedOut, DecideIn
from services.referral.service import concerns
from shared import etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import AnyRole, PartsOf, Session

router = make_router("/v1/concerns", "concerns")


@router.post("", status_code=201)
async def raise_concern(
    body: ConcernIn, session: Session, parts: PartsOf, policy: Policy, caller: Anybody
) -> ConcernRaisedOut:
    """Raise a concern. The answer is the same whether anybody named in it is known here or not."""
    concern = await concerns.raise_concern(session, parts.vault, policy, body)
    return ConcernRaisedOut(
        id=concern.id,
        version=concern.version,
        status=concern.status,
        raised_at=concern.raised_at,
        emergency=policy.emergency_wording,
        endpoint_enabled=None,
    )


@router.get("")
async def list_concerns(
    session: Session, caller: AnyRole, status: ConcernStatus | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[ConcernItem]:
    """List the concerns that the caller deals with, newest first."""
    return await concerns.page(session, status, (cursor, limit))


@router.get("/{concern_id}")
async def get_concern(
    concern_id: UUID, session: Session, parts: PartsOf, policy: Policy, caller: AnyRole, response: Response
) -> ConcernOut:
    """Show a concern to the authority's leads; to everybody else, and to whoever it is about, it is not there."""
    concern = await concerns.show(session, parts.vault, policy, concern_id)
    etag.tag(response, concern)
    return concern


@router.post("/{concern_id}/acknowledge")
async def acknowledge_concern(
    concern_id: UUID, session: Session, caller: AnyRole, match: IfMatch, response: Response
) -> ConcernItem:
    """Take the concern on, in one's own name."""
    concern = await concerns.acknowledge(session, concern_id, match)
    await session.flush()
    etag.tag(response, concern)
    return concerns.item_of(concern)


@router.post("/{concern_id}/decide")
async def decide_concern(  # noqa: PLR0913 - each is one dependency or the body
    concern_id: UUID,
    body: DecideIn,
    session: Session,
    parts: PartsOf,
    caller: AnyRole,
    match: IfMatch,
    response: Response,
) -> ConcernItem:
    """Decide what is done about it."""
    concern = await concerns.decide(session, parts.vault, concern_id, match, body)
    await session.flush()
    etag.tag(response, concern)
    return concerns.item_of(concern)
