"""Every SELECT of the webhook API, and the statements that queue deliveries again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.feed import catalogue
from gateway.webhooks.models import Attempt, Delivery, WebhookEndpoint
from shared.auth import Caller, Role
from shared.errors import NotFound

REPLAY_LIMIT: Final = 10_000


async def list_endpoints(
    session: AsyncSession, caller: Caller, after: UUID | None, limit: int
) -> list[WebhookEndpoint]:
    """Oldest first: those of the caller's organisation; an administrator sees the whole partnership's."""
    query = select(WebhookEndpoint).order_by(col(WebhookEndpoint.id)).limit(limit)
    if not caller.has(Role.ADMIN):
        query = query.where(WebhookEndpoint.organisation_id == caller.organisation)
    if after is not None:
        query = query.where(col(WebhookEndpoint.id) > after)
    return list((await session.exec(query)).all())


async def get_endpoint(session: AsyncSession, caller: Caller, endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint that the caller may look at."""
    found = await session.get(WebhookEndpoint, endpoint_id)
    if found is None or (found.organisation_id != caller.organisation and not caller.has(Role.ADMIN)):
        raise NotFound
    return found


async def get_own_for_update(session: AsyncSession, caller: Caller, endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint of the caller's organisation, locked."""
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.id == endpoint_id, WebhookEndpoint.organisation_id == caller.organisation
    )
    found = (await session.exec(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound
    return found


async def count_endpoints(session: AsyncSession, organisation: UUID) -> int:
    """How many endpoints the organisation has."""
    query = select(func.count()).select_from(WebhookEndpoint).where(WebhookEndpoint.organisation_id == organisation)
    return (await session.exec(query)).one()


async def list_deliveries(
    session: AsyncSession, endpoint_id: UUID, state: str | None, before: UUID | None, limit: int
) -> list[Delivery]:
    """Newest events first."""
    query = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if state is not None:
        query = query.where(Delivery.state == state)
    if before is not None:
        query = query.where(col(Delivery.event_id) < before)
    return list((await session.exec(query.order_by(col(Delivery.event_id).desc()).limit(limit))).all())


async def get_delivery_for_update(session: AsyncSession, endpoint_id: UUID, event_id: UUID) -> Delivery:
    """One delivery, locked; not there when its event may no longer be seen."""
    query = select(Delivery).where(Delivery.endpoint_id == endpoint_id, Delivery.event_id == event_id)
    found = (await session.exec(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound
    return found


async def list_attempts(
    session: AsyncSession, endpoint_id: UUID, event_id: UUID | None, before: UUID | None, limit: int
) -> list[Attempt]:
    """Newest first."""
    query = select(Attempt).where(Attempt.endpoint_id == endpoint_id)
    if event_id is not None:
        query = query.where(Attempt.event_id == event_id)
    if before is not None:
        query = query.where(col(Attempt.id) < before)
    return list((await session.exec(query.order_by(col(Attempt.id).desc()).limit(limit))).all())


async def queue_range(
    session: AsyncSession, endpoint: WebhookEndpoint, since: datetime, until: datetime, now: datetime
) -> int:
    """Queue every event of that time that the organisation may see now, delivered or not."""
    return await _queue(session, endpoint, since, until, now, missing_only=False)


async def queue_missing(session: AsyncSession, endpoint: WebhookEndpoint, since: datetime, now: datetime) -> int:
    """Queue every event since then that the organisation may see now and that was neither delivered nor is pending."""
    return await _queue(session, endpoint, since, now, now, missing_only=True)


async def _queue(
    session: AsyncSession,
    endpoint: WebhookEndpoint,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    missing_only: bool,
) -> int:
    row: dict[str, Any] = {
        "endpoint": endpoint.id,
        "partnership": endpoint.partnership_id,
        "organisation": endpoint.organisation_id,
        "like": _patterns(endpoint.event_types),
        "urgent": f"{catalogue.URGENT}%",
        "since": since,
        "until": until,
        "now": now,
        "again": [] if missing_only else ["delivered"],
        "limit": REPLAY_LIMIT,
    }
    return len((await session.execute(_QUEUE, row)).all())


async def hurry_urgent(session: AsyncSession, endpoint_id: UUID, now: datetime) -> None:
    """Let pending concerns be tried at once."""
    await session.execute(_HURRY, {"endpoint": endpoint_id, "now": now})


def _patterns(event_types: Sequence[str]) -> list[str]:
    return [name[:-1] + "%" if name.endswith("*") else name for name in event_types]


_HURRY = text(
    "UPDATE deliveries SET due_at = :now"
    " WHERE endpoint_id = :endpoint AND state = 'pending' AND urgent AND due_at > :now"
)
# Pending ones are already on their way: they keep their place and their tries.
_QUEUE = text("""
INSERT INTO deliveries AS d
  (endpoint_id, event_id, partnership_id, organisation_id, event_type, urgent, state, queued_at, due_at)
SELECT :endpoint, f.id, :partnership, :organisation, f.type, f.type LIKE :urgent, 'pending', :now, :now
FROM feed f LEFT JOIN deliveries known ON known.endpoint_id = :endpoint AND known.event_id = f.id
WHERE f.partnership_id = :partnership AND f.happened_at >= :since AND f.happened_at < :until
  AND f.type LIKE ANY(CAST(:like AS text[]))
  AND (known.state IS NULL OR known.state IN ('failed', 'withheld') OR known.state = ANY(CAST(:again AS text[])))
ORDER BY f.happened_at LIMIT :limit
ON CONFLICT (endpoint_id, event_id) DO UPDATE
  SET state = 'pending', tries = 0, queued_at = excluded.queued_at, due_at = excluded.due_at, delivered_at = NULL
  WHERE d.state <> 'pending'
RETURNING d.event_id
""")
