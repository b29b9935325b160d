"""Faults in telling and hearing: relay, inbox, positions, tenants."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway import handlers as registered
from gateway.webhooks.handlers import on_every_event
from shared import consumer, inbox, relay
from shared.db import Work, enter
from shared.ids import new_id
from shared.kafka import COMMIT_SECONDS, Consumer, Envelope, Producer
from shared.parts import Parts

_AFTER: Final = "SELECT seq, topic, key, headers, data FROM outbox WHERE seq > $1 ORDER BY seq LIMIT 500"
# What `FOR UPDATE SKIP LOCKED` does: each takes what no other holds.
_SKIPPING: Final = """
SELECT seq, topic, key, headers, data FROM (SELECT * FROM outbox ORDER BY seq LIMIT 20) AS next
WHERE pg_try_advisory_xact_lock(77, CAST(seq % 1000000000 AS int)) LIMIT 2
"""


def _id_after_last() -> None:
    """The relay looks behind the last one that it has told, and misses whoever commits late."""
    last = 0

    async def publish(parts: Parts, producer: Producer, leader: Any, floor: Any) -> int:
        nonlocal last
        del parts, floor
        rows = await leader.fetch(_AFTER, last)
        if rows:
            await producer.publish(rows)
            await leader.execute(relay._DROP, [row["seq"] for row in rows])  # noqa: SLF001 - this process is to be broken
            last = rows[-1]["seq"]
        return len(rows)

    relay._publish = publish  # noqa: SLF001 - as above


def _two_leaders() -> None:
    """Two relays share the outbox, row by row; one of them is slower than the other."""

    async def lead(parts: Parts, pause: float) -> None:
        producer = Producer(parts.settings)
        await producer.start()
        while True:
            async with parts.worker.engine.connect() as plain:
                raw: Any = (await plain.get_raw_connection()).driver_connection
                async with raw.transaction():
                    rows = await raw.fetch(_SKIPPING)
                    if rows:
                        await asyncio.sleep(pause)
                        await producer.publish(rows)
                        await raw.execute(relay._DROP, [row["seq"] for row in rows])  # noqa: SLF001 - as above
            await asyncio.sleep(0 if rows else 0.05)

    async def run(parts: Parts) -> None:
        await asyncio.gather(lead(parts, 0), lead(parts, 0.2))

    relay.run = run


def _republished() -> None:
    """An event gets its id when it is told, not when it is written."""
    publish = Producer.publish

    async def publishing(self: Producer, rows: Sequence[Mapping[str, Any]]) -> None:
        await publish(self, [dict(row) | {"headers": {**row["headers"], "ce_id": str(new_id())}} for row in rows])

    Producer.publish = publishing  # type: ignore[method-assign]  # this process is to be broken


def _no_inbox() -> None:
    """Whatever comes is handled, whether it was handled before or not."""
    claim = inbox.claim

    async def claiming(session: AsyncSession, wanted: Sequence[tuple[str, Envelope]]) -> list[bool]:
        return [True for _ in await claim(session, wanted)]

    inbox.claim = claiming


def _offset_first() -> None:
    """The position is committed when an event has come, before it had its effect."""
    batch = Consumer.batch

    async def fetching(self: Consumer, seconds: float = COMMIT_SECONDS) -> Any:
        records = await batch(self, seconds)
        if records:
            await self.done({place: some[-1].offset + 1 for place, some in records.items()})
        return records

    Consumer.batch = fetching  # type: ignore[method-assign]  # this process is to be broken


class _Other:
    """For each partnership another one, of which an event has come before; the same one from then on."""

    def __init__(self) -> None:
        self._met: dict[UUID, UUID] = {}
        self._last: UUID | None = None

    def than(self, partnership: UUID) -> UUID:
        if self._last is not None and self._last != partnership:
            self._met.setdefault(partnership, self._last)
        self._last = partnership
        return self._met.get(partnership, partnership)


def _other_tenant() -> None:
    """A handler acts in another partnership than its event's."""
    work_for, other = consumer.work_for, _Other()

    def working(parts: Parts, name: str, envelope: Envelope) -> Work:
        return replace(work_for(parts, name, envelope), partnership=other.than(envelope.partnership))

    consumer.work_for = working


def _feed_crossed() -> None:
    """An event is put into another partnership's feed."""
    other = _Other()

    async def crossing(session: AsyncSession, envelope: Envelope) -> None:
        partnership = other.than(envelope.partnership)
        await enter(session, partnership)
        await on_every_event(session, replace(envelope, partnership=partnership))

    registered.on_every_event = crossing  # type: ignore[attr-defined]  # this process is to be broken


FAULTS: Final[Mapping[str, Callable[[], Any]]] = {
    "id-after-last": _id_after_last,
    "two-leaders": _two_leaders,
    "republished": _republished,
    "no-inbox": _no_inbox,
    "offset-first": _offset_first,
    "other-tenant": _other_tenant,
    "feed-crossed": _feed_crossed,
}
