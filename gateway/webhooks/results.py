"""Recording what became of attempts, in batches; and giving up on an endpoint that is gone or fails for days."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.webhooks.domain import (
    DELIVERY,
    ENDPOINT,
    GIVE_UP_AFTER,
    Answer,
    DeliveryState,
    DisabledBecause,
    EndpointState,
    Outcome,
    after_failure,
    wait_after,
)
from gateway.webhooks.queue import Claimed
from shared import history, outbox
from shared.consumer import partnership_work
from shared.db import work_of
from shared.events.gateway import WebhookEndpointDisabled
from shared.ids import new_id
from shared.parts import Parts

ATTEMPTS: Final = Counter("circle_webhook_attempts_total", "Attempts to deliver a webhook", ["outcome"])
SUCCESS_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Result:
    """One attempt that ended."""

    delivery: Claimed
    answer: Answer
    started_at: datetime
    duration: timedelta

    @property
    def well(self) -> bool:
        """Whether the receiver has it now."""
        return self.answer.outcome is Outcome.OK


async def record(parts: Parts, results: Sequence[Result], now: datetime) -> None:
    """Write results down, one transaction for each partnership."""
    by_partnership: dict[UUID, list[Result]] = {}
    for one in results:
        by_partnership.setdefault(one.delivery.partnership, []).append(one)
    for partnership, some in by_partnership.items():
        work = partnership_work(parts, partnership, "webhooks")
        work.now = now
        async with parts.worker.transaction(work) as session:
            await _write(session, some, now)
        for one in some:
            ATTEMPTS.labels(one.answer.outcome.value).inc()
        if work.pending:
            parts.poke.set()


async def _write(session: AsyncSession, results: Sequence[Result], now: datetime) -> None:
    rows = [_row(result, now) for result in results]
    await session.execute(_RECORD, {name: [row[name] for row in rows] for name in rows[0]} | _of(session))
    standing = {one.delivery.lane.endpoint: one for one in results}
    well = sorted(endpoint for endpoint, one in standing.items() if one.well)
    ill = sorted(endpoint for endpoint, one in standing.items() if not one.well)
    if well:
        await session.execute(_WELL, {"endpoints": well, "now": now, "before": now - SUCCESS_NOTED_EVERY})
    if ill:
        await session.execute(_ILL, {"endpoints": ill, "now": now})
        await _give_up(session, {one.delivery.lane.endpoint for one in results if _is_gone(one)}, ill, now)


def _is_gone(result: Result) -> bool:
    return result.answer.outcome is Outcome.GONE


async def _give_up(session: AsyncSession, gone: set[UUID], ill: Sequence[UUID], now: datetime) -> None:
    rows = await session.execute(_GIVE_UP, {"gone": sorted(gone), "ill": list(ill), "before": now - GIVE_UP_AFTER})
    for row in rows.all():
        reason = DisabledBecause.GONE if row.id in gone else DisabledBecause.FAILING
        change = (EndpointState.ENABLED, ENDPOINT.move(EndpointState.ENABLED, EndpointState.DISABLED))
        history.record(session, "webhook-endpoint", row.id, change, reason_code=reason)
        outbox.add(session, WebhookEndpointDisabled(webhook_endpoint=row.id), audience=[row.organisation_id])


def _row(result: Result, now: datetime) -> dict[str, Any]:
    delivery, answer = result.delivery, result.answer
    tries = delivery.tries + 1
    wait = None
    if result.well:
        state = DELIVERY.move(DeliveryState.PENDING, DeliveryState.DELIVERED)
    else:
        chance = random.random()  # noqa: S311 - jitter, not a secret
        wait = wait_after(tries, urgent=delivery.lane.urgent, retry_after=answer.retry_after, chance=chance)
        state = after_failure(wait)
    return {
        "ids": new_id(),
        "endpoints": delivery.lane.endpoint,
        "organisations": delivery.target.organisation,
        "events": delivery.event,
        "numbers": tries,
        "started": result.started_at,
        "durations": round(result.duration.total_seconds() * 1000),
        "outcomes": answer.outcome.value,
        "statuses": answer.status,
        "states": state.value,
        "dues": now + (wait or timedelta(0)),
        "delivered": now if result.well else None,
    }


def _of(session: AsyncSession) -> dict[str, UUID]:
    return {"partnership": work_of(session).partnership}


_RECORD = text("""
WITH result AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:endpoints AS uuid[]), CAST(:organisations AS uuid[]),
    CAST(:events AS uuid[]), CAST(:numbers AS int[]), CAST(:started AS timestamptz[]), CAST(:durations AS int[]),
    CAST(:outcomes AS text[]), CAST(:statuses AS int[]), CAST(:states AS text[]), CAST(:dues AS timestamptz[]),
    CAST(:delivered AS timestamptz[]))
    AS r(id, endpoint, organisation, event, number, started, duration, outcome, status, state, due, delivered)
), kept AS (
  INSERT INTO attempts (id, partnership_id, organisation_id, endpoint_id, event_id, number, started_at, duration_ms,
    outcome, status)
  SELECT id, :partnership, organisation, endpoint, event, number, started, duration, outcome, status FROM result
)
UPDATE deliveries d SET state = r.state, tries = r.number, due_at = r.due, delivered_at = r.delivered
FROM result r WHERE d.endpoint_id = r.endpoint AND d.event_id = r.event AND d.state = 'pending'
""")
_WELL = text(
    "UPDATE webhook_endpoints SET failing_since = NULL, last_success_at = :now WHERE id = ANY(:endpoints)"
    " AND (failing_since IS NOT NULL OR last_success_at IS NULL OR last_success_at < :before)"
)
_ILL = text("UPDATE webhook_endpoints SET failing_since = :now WHERE id = ANY(:endpoints) AND failing_since IS NULL")
_GIVE_UP = text(
    "UPDATE webhook_endpoints SET state = 'disabled', version = version + 1 WHERE state = 'enabled'"
    " AND (id = ANY(CAST(:gone AS uuid[])) OR (id = ANY(:ill) AND failing_since <= :before))"
    " RETURNING id, organisation_id"
)
