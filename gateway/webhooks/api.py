"""Routes of webhook endpoints: parse, call, return."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.webhooks import repository, service
from gateway.webhooks.domain import DeliveryState, EndpointState
from gateway.webhooks.health import health_of
from gateway.webhooks.models import WebhookEndpoint
from gateway.webhooks.pages import page_of, place_of
from gateway.webhooks.schemas import (
    AttemptOut,
    DeliveryOut,
    EndpointChange,
    EndpointIn,
    EndpointOut,
    EndpointWithSecret,
    Health,
    MissingIn,
    Queued,
    ReplayIn,
    RotationIn,
)
from gateway.webhooks.service import Own
from shared import etag, idempotency
from shared.auth import Caller, Role
from shared.etag import IfMatch
from shared.http import router
from shared.pagination import Cursor, Limit, Page
from shared.routing import PartsOf, Session, allow

Owner = Annotated[Caller, allow(Role.ADMIN, Role.PARTNER_SYSTEM)]
Admin = Annotated[Caller, allow(Role.ADMIN)]


def _own(endpoint_id: UUID, caller: Owner) -> Own:
    return Own(caller, endpoint_id)


def _own_as_read(endpoint_id: UUID, caller: Owner, match: IfMatch) -> Own:
    return Own(caller, endpoint_id, match)


OwnEndpoint = Annotated[Own, Depends(_own)]
OwnEndpointAsRead = Annotated[Own, Depends(_own_as_read)]
State = Annotated[DeliveryState | None, Query(description="Only deliveries in this state.")]
OfEvent = Annotated[UUID | None, Query(description="Only attempts at this event.")]

endpoints = router("/v1/webhook-endpoints", "webhooks")


@endpoints.post("", status_code=status.HTTP_201_CREATED)
async def create_webhook_endpoint(
    body: EndpointIn, session: Session, caller: Owner, parts: PartsOf, request: Request, response: Response
) -> EndpointWithSecret:
    """Register a URL for your organisation's events; the answer shows the signing secret, once."""
    endpoint, secret = await service.create(session, caller, body, parts)
    idempotency.leave_out(request, "secret")
    await session.flush()
    response.headers["Location"] = f"/v1/webhook-endpoints/{endpoint.id}"
    etag.tag(response, endpoint)
    return EndpointWithSecret.showing(endpoint, secret)


@endpoints.get("")
async def list_webhook_endpoints(
    session: Session, caller: Owner, cursor: Cursor = None, limit: Limit = 50
) -> Page[EndpointOut]:
    """List your organisation's endpoints; an administrator sees those of the whole partnership."""
    found = await repository.list_endpoints(session, caller, place_of(cursor), limit + 1)
    return page_of([EndpointOut.of(one) for one in found], [one.id for one in found], limit)


@endpoints.get("/health")
async def read_webhook_health(caller: Admin, parts: PartsOf) -> Health:
    """Show how every endpoint of the partnership is doing, in counts."""
    return await health_of(parts, caller.partnership)


@endpoints.get("/{endpoint_id}")
async def get_webhook_endpoint(endpoint_id: UUID, session: Session, caller: Owner, response: Response) -> EndpointOut:
    """Show one endpoint; never its secret."""
    endpoint = await repository.get_endpoint(session, caller, endpoint_id)
    etag.tag(response, endpoint)
    return EndpointOut.of(endpoint)


@endpoints.patch("/{endpoint_id}")
async def change_webhook_endpoint(
    own: OwnEndpointAsRead, body: EndpointChange, session: Session, parts: PartsOf, response: Response
) -> EndpointOut:
    """Change URL, event types or description."""
    endpoint = await service.change(session, own, body, parts)
    return await _shown(session, endpoint, response)


@endpoints.post("/{endpoint_id}/pause")
async def pause_webhook_endpoint(own: OwnEndpointAsRead, session: Session, response: Response) -> EndpointOut:
    """Stop sending for now; events are kept and sent when you resume."""
    endpoint = await service.move(session, own, EndpointState.PAUSED)
    return await _shown(session, endpoint, response)


@endpoints.post("/{endpoint_id}/resume")
async def resume_webhook_endpoint(own: OwnEndpointAsRead, session: Session, response: Response) -> EndpointOut:
    """Go on sending after a pause or after we gave up; concerns go first."""
    endpoint = await service.move(session, own, EndpointState.ENABLED)
    return await _shown(session, endpoint, response)


@endpoints.post("/{endpoint_id}/rotate-secret")
async def rotate_webhook_secret(
    own: OwnEndpointAsRead,
    session: Session,
    parts: PartsOf,
    request: Request,
    response: Response,
    body: RotationIn | None = None,
) -> EndpointWithSecret:
    """Make a new secret, shown once; for a day both secrets sign."""
    overlap = timedelta(hours=(body or RotationIn()).overlap_hours)
    endpoint, secret = await service.rotate(session, own, overlap, parts)
    idempotency.leave_out(request, "secret")
    await session.flush()
    etag.tag(response, endpoint)
    return EndpointWithSecret.showing(endpoint, secret)


@endpoints.post("/{endpoint_id}/ping", status_code=status.HTTP_202_ACCEPTED)
async def ping_webhook_endpoint(own: OwnEndpoint, session: Session) -> DeliveryOut:
    """Send a signed test event; ask for its attempts to see how it went."""
    return DeliveryOut.of(await service.ping(session, own))


@endpoints.get("/{endpoint_id}/deliveries")
async def list_webhook_deliveries(
    endpoint_id: UUID,
    session: Session,
    caller: Owner,
    state: State = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeliveryOut]:
    """List deliveries, newest event first; only of events that your organisation may see now."""
    await repository.get_endpoint(session, caller, endpoint_id)
    found = await repository.list_deliveries(session, endpoint_id, state, place_of(cursor), limit + 1)
    return page_of([DeliveryOut.of(one) for one in found], [one.event_id for one in found], limit)


@endpoints.get("/{endpoint_id}/attempts")
async def list_webhook_attempts(
    endpoint_id: UUID,
    session: Session,
    caller: Owner,
    event: OfEvent = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AttemptOut]:
    """List attempts, newest first."""
    await repository.get_endpoint(session, caller, endpoint_id)
    found = await repository.list_attempts(session, endpoint_id, event, place_of(cursor), limit + 1)
    return page_of([AttemptOut.of(one) for one in found], [one.id for one in found], limit)


@endpoints.post("/{endpoint_id}/deliveries/{event_id}/replay", status_code=status.HTTP_202_ACCEPTED)
async def replay_webhook_delivery(own: OwnEndpoint, event_id: UUID, session: Session) -> DeliveryOut:
    """Send one delivery again, under the same id."""
    return DeliveryOut.of(await service.replay_one(session, own, event_id))


@endpoints.post("/{endpoint_id}/replay", status_code=status.HTTP_202_ACCEPTED)
async def replay_webhook_range(own: OwnEndpoint, body: ReplayIn, session: Session) -> Queued:
    """Send again every event of a time that your organisation may see now."""
    return await service.replay_range(session, own, body)


@endpoints.post("/{endpoint_id}/replay-missing", status_code=status.HTTP_202_ACCEPTED)
async def replay_missing_webhooks(own: OwnEndpoint, session: Session, body: MissingIn | None = None) -> Queued:
    """Send every event that was never delivered and that your organisation may see now."""
    return await service.replay_missing(session, own, body or MissingIn())


async def _shown(session: AsyncSession, endpoint: WebhookEndpoint, response: Response) -> EndpointOut:
    await session.flush()
    etag.tag(response, endpoint)
    return EndpointOut.of(endpoint)


ROUTERS = [endpoints]
