"""What the gateway does with every event: store it for the feed, queue it for each endpoint, in one transaction."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.feed import catalogue
from gateway.feed.bell import DUE
from gateway.feed.handlers import store_event
from shared.db import now_of
from shared.kafka import Envelope


async def on_every_event(session: AsyncSession, envelope: Envelope) -> None:
    """For `Handlers.every`: the feed first, then a delivery, stored before it is sent, for each endpoint."""
    if await store_event(session, envelope):
        await queue_deliveries(session, envelope)


async def queue_deliveries(session: AsyncSession, envelope: Envelope) -> None:
    """For each endpoint whose organisation is in the audience. A paused one gets it later; a disabled one, concerns."""
    row = {
        "event": envelope.id,
        "partnership": envelope.partnership,
        "type": envelope.type,
        "names": catalogue.names_of(envelope.type),
        "audience": sorted(envelope.audience),
        "urgent": catalogue.urgent(envelope.type),
        "now": now_of(session),
    }
    await session.execute(_QUEUE, row)
    DUE.ring_after(session)


_QUEUE = text("""
INSERT INTO deliveries
  (endpoint_id, event_id, partnership_id, organisation_id, event_type, urgent, state, queued_at, due_at)
SELECT e.id, :event, e.partnership_id, e.organisation_id, :type, :urgent, 'pending', :now, :now
FROM webhook_endpoints e
WHERE e.partnership_id = :partnership AND e.organisation_id = ANY(CAST(:audience AS uuid[]))
  AND e.event_types && CAST(:names AS text[]) AND (e.state <> 'disabled' OR :urgent)
ON CONFLICT (endpoint_id, event_id) DO NOTHING
""")
