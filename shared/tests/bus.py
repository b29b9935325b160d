"""A bus of the tests' own: topics that nobody else writes to, events put on it and collected from it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import orjson

from shared.events.base import Event
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.kafka import Consumer, Envelope, Producer, envelope_of, partition_of
from shared.settings import Settings

TOPIC = InductionStarted.TOPIC


@dataclass(frozen=True)
class Row:
    """What the relay reads from the outbox."""

    key: str
    data: str
    headers: dict[str, str]
    topic: str = TOPIC


def numbered(key: UUID, number: int) -> InductionStarted:
    """The n-th event of a key: the number is where the induction's id would be."""
    return InductionStarted(volunteer=key, induction=UUID(int=number))


def number_of(envelope: Envelope) -> int:
    return UUID(orjson.loads(envelope.data)["induction"]).int


def row_of(event: Event, partnership: UUID, event_id: UUID | None = None) -> Row:
    headers = {"ce_id": str(event_id or new_id()), "ce_type": event.TYPE, "ce_partnership": str(partnership)}
    return Row(event.key, event.model_dump_json(), headers)


def key_beside(key: UUID) -> UUID:
    """Another key whose events come in the same partition."""
    while partition_of(str(other := new_id())) != partition_of(str(key)):
        pass
    return other


def key_elsewhere(key: UUID) -> UUID:
    """A key whose events come in another partition."""
    while partition_of(str(other := new_id())) == partition_of(str(key)):
        pass
    return other


@dataclass
class Bus:
    """Publishes for a test, and collects what others published for one partnership."""

    settings: Settings
    partnership: UUID = field(default_factory=new_id)

    async def put(self, *rows: Row) -> None:
        producer = Producer(self.settings)
        await producer.start()
        await producer.publish([asdict(row) for row in rows])
        await producer.stop()

    async def say(self, *events: Event) -> list[Row]:
        """Publish these, in their order, and wait until the broker has them."""
        rows = [row_of(event, self.partnership) for event in events]
        await self.put(*rows)
        return rows

    async def collect(self, count: int) -> list[Envelope]:
        """The first so many events of the partnership, as they lie on the bus, duplicates and all."""
        found: list[Envelope] = []
        consumer = Consumer(self.settings, f"collector-{new_id()}", [TOPIC])
        await consumer.start()
        try:
            empty = 0
            while len(found) < count and empty < 20:
                batch = await consumer.batch()
                empty = 0 if batch else empty + 1
                found += [one for one in _envelopes(batch) if one.partnership == self.partnership]
        finally:
            await consumer.stop()
        return found


def _envelopes(batch: Any) -> list[Envelope]:
    """Whatever is an event; another test may have put nonsense on the bus."""
    found = []
    for record in (record for of_partition in batch.values() for record in of_partition):
        with suppress(KeyError, ValueError):
            found.append(envelope_of(record))
    return found


def by_key(envelopes: Sequence[Envelope]) -> dict[str, list[int]]:
    """The numbers of each key in the order in which a consumer that drops repetitions acts on them."""
    seen: set[UUID] = set()
    numbers: dict[str, list[int]] = {}
    for one in envelopes:
        if one.id not in seen:
            seen.add(one.id)
            numbers.setdefault(one.key, []).append(number_of(one))
    return numbers
