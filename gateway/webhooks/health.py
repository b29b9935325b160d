"""How webhooks are doing, in counts: for the console's status and for administrators."""

from uuid import UUID

from sqlalchemy import text

from gateway.webhooks.schemas import EndpointHealth, Health
from shared.consumer import partnership_work
from shared.parts import Parts


async def health_of(parts: Parts, partnership: UUID) -> Health:
    """Of all endpoints of the partnership. The worker role reads: counts go across organisations, events do not."""
    async with parts.worker.open(partnership_work(parts, partnership, "webhook-health")) as session:
        rows = (await session.execute(_HEALTH)).mappings().all()
    endpoints = [EndpointHealth.model_validate(dict(row)) for row in rows]
    waiting = [one.oldest_pending_at for one in endpoints if one.oldest_pending_at is not None]
    return Health(
        endpoints=endpoints,
        pending=sum(one.pending for one in endpoints),
        urgent_pending=sum(one.urgent_pending for one in endpoints),
        oldest_undelivered_at=min(waiting, default=None),
    )


_HEALTH = text("""
SELECT e.id, e.organisation_id AS organisation, e.state, e.failing_since, e.last_success_at,
  coalesce(d.pending, 0) AS pending, coalesce(d.urgent_pending, 0) AS urgent_pending,
  (SELECT count(*) FROM deliveries x WHERE x.endpoint_id = e.id AND x.state = 'failed') AS failed,
  d.oldest AS oldest_pending_at
FROM webhook_endpoints e LEFT JOIN LATERAL (
  SELECT count(*) AS pending, count(*) FILTER (WHERE urgent) AS urgent_pending, min(queued_at) AS oldest
  FROM deliveries x WHERE x.endpoint_id = e.id AND x.state = 'pending') d ON true
WHERE e.partnership_id = circle_partnership()
ORDER BY e.id
""")
