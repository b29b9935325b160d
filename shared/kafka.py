"""The bus: the only module that knows aiokafka."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, TopicAlreadyExistsError
from aiokafka.partitioner import murmur2

from shared import bus_following, logging, wall_clock
from shared.events import PARTITIONS, TOPICS
from shared.settings import Settings

Away = (KafkaError, OSError, asyncio.TimeoutError)
Partition = TopicPartition
COMMIT_SECONDS = 0.25
# A client that does not come back from the bus for so long, or brings nothing although something lies there, is hung.
HUNG_SECONDS = 30.0
LOOK_SECONDS = 10.0
STOP_SECONDS = 5.0
_log = logging.get("kafka")


class HungError(KafkaError):  # type: ignore[misc]  # aiokafka's errors are untyped
    """Records lie ready, and the client does not bring them."""


class BrokenClientError(KafkaError):  # type: ignore[misc]  # the library has no types
    """The client library has lost its way, as it does at times while a broker comes back: a new client is needed."""


@contextmanager
def away_when_broken() -> Iterator[None]:
    """Whatever else than an error of the bus comes out of the library is one all the same.

    It asserts what a broker that has just started does not yet say, and it may end our call by a cancellation of its
    own, after which nobody would read on.
    """
    try:
        yield
    except Away:
        raise
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise BrokenClientError from None
    except Exception as error:
        _log.error("client-broken", places=logging.places(error))
        raise BrokenClientError from error


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event as it travels: CloudEvents attributes, body and key."""

    id: UUID
    type: str
    topic: str
    key: str
    partnership: UUID
    organisation: UUID | None
    family: UUID | None
    audience: frozenset[UUID]
    headers: Mapping[str, str]
    data: str
    position: tuple[int, int] = field(default=(0, 0), compare=False)

    @classmethod
    def of(cls, topic: str, key: str, headers: Mapping[str, str], data: str) -> "Envelope":
        """From stored or received headers; ValueError or KeyError when it is not one of ours."""
        return cls(
            id=UUID(headers["ce_id"]),
            type=headers["ce_type"],
            topic=topic,
            key=key,
            partnership=UUID(headers["ce_partnership"]),
            organisation=_maybe(headers.get("ce_organisation")),
            family=_maybe(headers.get("ce_family")),
            audience=frozenset(UUID(one) for one in headers.get("ce_audience", "").split(",") if one),
            headers=dict(headers),
            data=data,
        )


def _maybe(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def envelope_of(record: "ConsumerRecord[bytes, bytes]") -> Envelope:
    """A received record as an envelope."""
    headers = {name: value.decode() for name, value in record.headers}
    return Envelope.of(record.topic, (record.key or b"").decode(), headers, (record.value or b"").decode())


class Producer:
    """Publishes batches in order: idempotent, acknowledged by all replicas."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.topic_prefix
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap,
            client_id=f"circle-{settings.service}",
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=262_144,
            request_timeout_ms=10_000,
            retry_backoff_ms=50,
        )
        bus_following.make_lasting(self._producer.client)

    async def start(self) -> None:
        with away_when_broken():
            await self._producer.start()

    async def stop(self) -> None:
        with away_when_broken():
            await self._producer.stop()

    async def publish(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Send rows (topic, key, headers, data) in their order and wait until the broker has all of them.

        One batch per partition rather than one call per row: a third of the cost.
        """
        ordered: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
        for row in rows:
            ordered.setdefault((self._prefix + row["topic"], partition_of(row["key"])), []).append(row)
        with away_when_broken():
            sent = [one for place, mine in ordered.items() for one in await self._send(place, mine)]
            await asyncio.gather(*sent)

    async def _send(self, place: tuple[str, int], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        sent, batch = [], self._producer.create_batch()
        for row in rows:
            record = {
                "key": row["key"].encode(),
                "value": row["data"].encode(),
                # A broker refuses a record from a later hour, and this machine's clock may be wrong.
                "timestamp": int(wall_clock.seconds() * 1000),
                "headers": [(name, str(value).encode()) for name, value in row["headers"].items()],
            }
            if batch.append(**record) is None:
                sent.append(await self._producer.send_batch(batch, place[0], partition=place[1]))
                batch = self._producer.create_batch()
                batch.append(**record)
        sent.append(await self._producer.send_batch(batch, place[0], partition=place[1]))
        return sent


def partition_of(key: str) -> int:
    """The partition of a key: the hash that every Kafka client uses, computed in this one place."""
    hashed: int = murmur2(key.encode())
    return (hashed & 0x7FFFFFFF) % PARTITIONS


class Consumer:
    """Reads topics in one group; a position is committed only after the effect, and then at leisure."""

    def __init__(self, settings: Settings, group: str, topics: Iterable[str]) -> None:
        self._topics = [settings.topic_prefix + topic for topic in topics]
        self._handled: dict[TopicPartition, int] = {}
        self._committed_at = self._came_at = monotonic()
        self._behind = False
        self._consumer = AIOKafkaConsumer(
            *self._topics,
            bootstrap_servers=settings.kafka_bootstrap,
            group_id=settings.topic_prefix + group,
            client_id=f"circle-{group}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=200,
            fetch_max_wait_ms=250,
            metadata_max_age_ms=10_000,
            # A broker that fell silent is given up after this; four times as long unless told.
            request_timeout_ms=10_000,
            # For so long nobody takes over from a killed process: its successor waits this long for its partitions.
            session_timeout_ms=int(settings.kafka_session_seconds * 1000),
            heartbeat_interval_ms=int(settings.kafka_session_seconds * 200),
        )
        bus_following.make_lasting(self._consumer._client)  # noqa: SLF001 - it has no public name

    async def start(self) -> None:
        with away_when_broken():
            await self._consumer.start()

    async def stop(self) -> None:
        """Commit what is still to be, and leave the group; within bounds, because the broker may be away."""
        with suppress(*Away):
            async with asyncio.timeout(1):
                await self.commit(at_once=True)
        async with asyncio.timeout(STOP_SECONDS):
            with away_when_broken():
                await self._consumer.stop()

    async def batch(
        self, seconds: float = COMMIT_SECONDS
    ) -> Mapping[TopicPartition, Sequence["ConsumerRecord[bytes, bytes]"]]:
        """What has arrived, by partition; whoever gets an error starts anew, from what was committed."""
        async with asyncio.timeout(HUNG_SECONDS):
            with away_when_broken():
                records: Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]
                records = await self._consumer.getmany(timeout_ms=int((1 if self._handled else 2) * seconds * 1000))
                if records:
                    self._came_at, self._behind = monotonic(), False
                elif monotonic() - self._came_at > LOOK_SECONDS:
                    await self._look()
        return records

    async def _look(self) -> None:
        """Ask the broker itself whether there is nothing; what was not brought from one look to the next never will."""
        self._came_at = monotonic()
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        behind = any([await self._consumer.position(partition) < end for partition, end in ends.items()])
        if behind and self._behind:
            raise HungError
        self._behind = behind

    def handled(self, partition: TopicPartition, offset: int) -> None:
        """Everything up to and including `offset` has had its effect."""
        self._handled[partition] = offset + 1

    async def commit(self, *, at_once: bool = False) -> None:
        """Commit what was handled, when it is time; what is not committed comes again, and is known by then."""
        if not self._handled or not (at_once or monotonic() - self._committed_at > COMMIT_SECONDS):
            return
        mine = self._consumer.assignment()
        due, self._handled = {place: at for place, at in self._handled.items() if place in mine}, {}
        self._committed_at = monotonic()
        # Shared out anew meanwhile: whoever has the partition now hears these again.
        with suppress(CommitFailedError, IllegalStateError):
            async with asyncio.timeout(HUNG_SECONDS):
                await self.done(due)

    async def done(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commit these positions, each of which is the next to be read."""
        with away_when_broken():
            await self._consumer.commit(positions)

    def back_to(self, partition: TopicPartition, offset: int) -> None:
        """Read again from this record on: its effect did not happen."""
        with away_when_broken():
            self._consumer.seek(partition, offset)

    def lag(self) -> int:
        """Records in the assigned partitions that were not fetched yet, as far as the last fetch knows."""
        total = 0
        for partition in self._consumer.assignment():
            end = self._consumer.highwater(partition)
            here = self._consumer.last_stable_offset(partition) if end is None else end
            state = self._consumer._subscription.subscription.assignment.state_value(partition)  # noqa: SLF001 - no public position without a wait
            if here is not None and state is not None and state.has_valid_position:
                total += max(0, here - state.position)
        return total


async def create_topics(bootstrap: str, prefix: str = "") -> None:
    """Create the platform's topics, kept without limit; those that exist stay as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="circle-admin")
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [
            NewTopic(
                prefix + topic,
                PARTITIONS,
                1,
                topic_configs={"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"},
            )
            for topic in TOPICS
            if prefix + topic not in present
        ]
        if missing:
            await admin.create_topics(missing)
    except TopicAlreadyExistsError:
        pass
    finally:
        await admin.close()
