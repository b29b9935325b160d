"""The worker of a service: relay, consumer, timekeeper, sealer and housekeeping; inline or as a process of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import text

from shared import away, consumer, logging, relay, sealer, state, timekeeper
from shared.consumer import Handlers
from shared.parts import Parts

_log = logging.get("worker")
KEPT_HOURS = 48
_EXPIRE = (
    text("DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(hours => :hours)"),
    text("DELETE FROM relayed WHERE relayed_at < now() - make_interval(hours => :hours)"),
)


Work = Callable[[Parts], Coroutine[Any, Any, None]]


def background(handlers: Handlers, *more: Work) -> Work:
    """Everything that runs beside the API, as one task that ends when it is cancelled."""

    async def run(parts: Parts) -> None:
        tasks = [relay.run(parts), sealer.run(parts), state.beat(parts), _expire(parts)]
        if handlers.topics():
            tasks.append(consumer.run(parts, handlers))
        if handlers.clocks:
            tasks.append(timekeeper.run(parts, handlers))
        async with asyncio.TaskGroup() as group:
            for task in [*tasks, *(one(parts) for one in more)]:
                group.create_task(task)

    return run


async def _expire(parts: Parts) -> None:
    while True:
        try:
            async with parts.worker.engine.begin() as connection:
                for statement in _EXPIRE:
                    await connection.execute(statement, {"hours": KEPT_HOURS})
        except away.DATABASE as error:
            _log.warning("expiry-waits", error=type(error).__name__)
        await asyncio.sleep(600)
