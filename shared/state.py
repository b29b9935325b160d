"""How a service does, in figures for the console: backlog, lag, dead letters, rows not yet sealed, worker alive."""

import asyncio

from prometheus_client import REGISTRY
from pydantic import BaseModel
from sqlalchemy import text

from shared import away, logging, telemetry
from shared.parts import Parts

BEAT_SECONDS = 2.0
_log = logging.get("state")


class State(BaseModel):
    """Counts stop at 1,000: beyond that the exact number helps nobody. Ages are in seconds."""

    service: str
    backlog: int
    lag: int
    dead_letters: int
    unsealed: int
    worker_seen_seconds: float | None


async def state_of(parts: Parts) -> State:
    """Ask this service's own database; ids and personal data play no part."""
    async with parts.worker.engine.connect() as connection:
        row = (await connection.execute(_STATE)).one()
    return State(
        service=parts.settings.service,
        backlog=row.backlog,
        lag=row.lag or 0,
        dead_letters=row.dead_letters,
        unsealed=row.unsealed,
        worker_seen_seconds=row.seen,
    )


async def beat(parts: Parts) -> None:
    """Write down, every few seconds and until cancelled, that the worker lives and how far behind it is."""
    service = parts.settings.service
    while True:
        try:
            lag = REGISTRY.get_sample_value("circle_consumer_lag", {"service": service}) or 0.0
            async with parts.worker.engine.begin() as connection:
                await connection.execute(_BEAT, {"name": service, "lag": int(lag)})
            now = await state_of(parts)
            telemetry.BACKLOG.labels(service).set(now.backlog)
            telemetry.PARKED.labels(service).set(now.dead_letters)
        except away.DATABASE as error:
            _log.warning("beat-waits", error=type(error).__name__)
        await asyncio.sleep(BEAT_SECONDS)


_STATE = text("""
SELECT (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 1000) o) AS backlog,
  (SELECT count(*) FROM (SELECT 1 FROM dead_letters LIMIT 1000) d) AS dead_letters,
  (SELECT count(*) FROM (SELECT 1 FROM audit_unsealed LIMIT 1000) u) AS unsealed,
  (SELECT lag FROM worker_state LIMIT 1) AS lag,
  (SELECT CAST(extract(epoch FROM clock_timestamp() - seen_at) AS float) FROM worker_state LIMIT 1) AS seen
""")
_BEAT = text(
    "INSERT INTO worker_state (name, lag, seen_at) VALUES (:name, :lag, clock_timestamp())"
    " ON CONFLICT (name) DO UPDATE SET lag = excluded.lag, seen_at = excluded.seen_at"
)
