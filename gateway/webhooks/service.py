"""What people do with webhook endpoints: create, change, pause, resume, rotate, ping, replay."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.feed import catalogue
from gateway.feed.bell import DUE
from gateway.webhooks import keys, repository, signing
from gateway.webhooks.addresses import Refused, Rules
from gateway.webhooks.domain import DELIVERY, ENDPOINT, DeliveryState, EndpointState
from gateway.webhooks.models import Delivery, WebhookEndpoint
from gateway.webhooks.schemas import EndpointChange, EndpointIn, MissingIn, Queued, ReplayIn
from gateway.webhooks.settings import of as policy_of
from shared import history
from shared.auth import Caller
from shared.db import now_of, work_of
from shared.errors import Conflict, Invalid, invalid
from shared.etag import Match
from shared.ids import new_id
from shared.parts import Parts

PING_TYPE: Final = "circle.webhook-endpoint.pinged.v1"
_KIND: Final = "webhook-endpoint"


@dataclass(frozen=True, slots=True)
class Own:
    """One of the caller's own endpoints, as a request names it."""

    caller: Caller
    endpoint_id: UUID
    match: Match | None = None

    async def locked(self, session: AsyncSession) -> WebhookEndpoint:
        """The endpoint, locked and of the version that the caller has read."""
        endpoint = await repository.get_own_for_update(session, self.caller, self.endpoint_id)
        if self.match is not None:
            self.match.check(endpoint)
        return endpoint


async def create(session: AsyncSession, caller: Caller, body: EndpointIn, parts: Parts) -> tuple[WebhookEndpoint, str]:
    """A new endpoint of the caller's organisation, and its secret as it is shown once."""
    if (
        await repository.count_endpoints(session, caller.organisation)
        >= policy_of(parts.settings).webhook_endpoints_per_organisation
    ):
        raise Conflict("Your organisation has as many endpoints as it may have.", name="too-many-endpoints")
    endpoint_id, secret = new_id(), signing.new_secret()
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        partnership_id=caller.partnership,
        organisation_id=caller.organisation,
        url=_allowed(parts, body.url),
        description=body.description,
        event_types=_known(body.event_types),
        state=EndpointState.ENABLED.value,
        secret=signing.seal(await keys.made(session, parts.ring), endpoint_id, secret),
        created_at=now_of(session),
    )
    session.add(endpoint)
    history.record(session, _KIND, endpoint_id, (None, EndpointState.ENABLED))
    return endpoint, signing.shown(secret)


async def change(session: AsyncSession, own: Own, body: EndpointChange, parts: Parts) -> WebhookEndpoint:
    """Another URL, other types, another description."""
    endpoint = await own.locked(session)
    if body.url is not None:
        endpoint.url = _allowed(parts, body.url)
    if body.event_types is not None:
        endpoint.event_types = _known(body.event_types)
    if body.description is not None:
        endpoint.description = body.description
    return _changed(session, endpoint)


async def move(session: AsyncSession, own: Own, state: EndpointState) -> WebhookEndpoint:
    """Pause or resume. What was pending stays; when it goes on, concerns go first."""
    endpoint = await own.locked(session)
    before = endpoint.standing
    endpoint.state = ENDPOINT.move(before, state).value
    history.record(session, _KIND, endpoint.id, (before, state))
    if state is EndpointState.ENABLED:
        endpoint.failing_since = None
        await repository.hurry_urgent(session, endpoint.id, now_of(session))
        DUE.ring_after(session)
    return endpoint


async def rotate(session: AsyncSession, own: Own, overlap: timedelta, parts: Parts) -> tuple[WebhookEndpoint, str]:
    """A new secret; the former one signs too while the overlap lasts."""
    endpoint, secret = await own.locked(session), signing.new_secret()
    endpoint.former_secret = endpoint.secret if overlap else None
    endpoint.former_until = now_of(session) + overlap if overlap else None
    endpoint.secret = signing.seal(await keys.found(session, parts.ring), endpoint.id, secret)
    return _changed(session, endpoint), signing.shown(secret)


async def ping(session: AsyncSession, own: Own) -> Delivery:
    """Queue a test event, signed and tried like any other."""
    endpoint, event = await own.locked(session), new_id()
    if endpoint.standing is not EndpointState.ENABLED:
        raise Conflict("The endpoint is not enabled; resume it first.", name="endpoint-not-enabled")
    delivery = Delivery(
        endpoint_id=endpoint.id,
        event_id=event,
        partnership_id=endpoint.partnership_id,
        organisation_id=endpoint.organisation_id,
        event_type=PING_TYPE,
        urgent=False,
        state=DeliveryState.PENDING.value,
        queued_at=now_of(session),
        due_at=now_of(session),
        document=_test_event(session, endpoint, event),
    )
    session.add(delivery)
    work_of(session).pending.changed = True
    DUE.ring_after(session)
    return delivery


async def replay_one(session: AsyncSession, own: Own, event_id: UUID) -> Delivery:
    """Send one delivery again, under the same id; a pending one is tried at once."""
    endpoint = await own.locked(session)
    delivery = await repository.get_delivery_for_update(session, endpoint.id, event_id)
    if delivery.state != DeliveryState.PENDING:
        delivery.state = DELIVERY.move(DeliveryState(delivery.state), DeliveryState.PENDING).value
        delivery.tries, delivery.delivered_at = 0, None
        delivery.queued_at = now_of(session)
    delivery.due_at = now_of(session)
    work_of(session).pending.changed = True
    DUE.ring_after(session)
    return delivery


async def replay_range(session: AsyncSession, own: Own, body: ReplayIn) -> Queued:
    """Send again what happened in that time, as far as the organisation may see it now."""
    endpoint, now = await own.locked(session), now_of(session)
    return _queued(session, await repository.queue_range(session, endpoint, body.since, body.until or now, now))


async def replay_missing(session: AsyncSession, own: Own, body: MissingIn) -> Queued:
    """Send what was never delivered, as far as the organisation may see it now."""
    endpoint, now = await own.locked(session), now_of(session)
    since = body.since or endpoint.created_at
    return _queued(session, await repository.queue_missing(session, endpoint, since, now))


def _queued(session: AsyncSession, count: int) -> Queued:
    work_of(session).pending.changed = True
    DUE.ring_after(session)
    return Queued(queued=count, more=count == repository.REPLAY_LIMIT)


def _changed(session: AsyncSession, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    work_of(session).pending.changed = True
    return endpoint


def _test_event(session: AsyncSession, endpoint: WebhookEndpoint, event: UUID) -> str:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event,
            "type": PING_TYPE,
            "source": "/services/gateway",
            "time": now_of(session),
            "datacontenttype": "application/json",
            "partnership": endpoint.partnership_id,
            "data": {"webhook_endpoint": endpoint.id, "detail": f"/v1/webhook-endpoints/{endpoint.id}"},
        }
    ).decode()


def _allowed(parts: Parts, url: str) -> str:
    try:
        return Rules.of(parts.settings).check_url(url)
    except Refused as error:
        raise invalid(
            "/url",
            "webhook-url-refused",
            "must be a public https address on an allowed port",
            name="webhook-url-refused",
        ) from error


def _known(names: list[str]) -> list[str]:
    names = list(dict.fromkeys(names))
    if errors := [
        {"pointer": f"/event_types/{position}", "code": "unknown-event-type", "message": "no event has this type"}
        for position in catalogue.unknown(names)
    ]:
        raise Invalid(errors, name="unknown-event-type")
    return names
