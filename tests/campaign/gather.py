"""Gathers the evidence: reads the databases as their superuser and the bus from its beginning."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, cast
from uuid import UUID

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local import topics
from deploy.local.state import APPLICATIONS
from gateway import handlers as gateway_handlers
from services.matching import handlers as matching_handlers
from services.matching.domain.policy import Policy
from services.matching.service.desk import Desk
from services.outcomes import handlers as outcomes_handlers
from services.referral import handlers as referral_handlers
from services.training import handlers as training_handlers
from shared.consumer import Handlers
from shared.events.base import EVENTS
from tests.campaign.contract import SUBJECTS
from tests.campaign.evidence import (
    Audited,
    Clock,
    Endpoint,
    Evidence,
    Fed,
    Heard,
    Moved,
    Row,
    Sending,
    Store,
    Written,
)
from tests.campaign.history import Operation
from tests.campaign.sink import Delivery

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to look. `databases` maps services to names that differ from theirs."""

    admin_dsn: str
    bootstrap: str
    topic_prefix: str = ""
    databases: Mapping[str, str] | None = None

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[Connection]:
        """A superuser's connection: it sees every partnership."""
        name = (self.databases or {}).get(service, service)
        connection = await asyncpg.connect(self.admin_dsn, database=name)
        try:
            yield connection
        finally:
            await connection.close()


async def gather(
    sources: Sources,
    partnerships: Collection[UUID],
    operations: Sequence[Operation],
    deliveries: Sequence[Delivery] = (),
) -> Evidence:
    """Everything that is left of these partnerships."""
    wanted = frozenset(partnerships)
    stores = {service: await _store(sources, service, wanted) for service in APPLICATIONS}
    evidence = Evidence(
        operations=[one for one in operations if one.partnership in wanted],
        partnerships=wanted,
        stores=stores,
        bus=await _bus(sources, wanted),
        handlers=hearing(),
        deliveries=deliveries,
    )
    async with sources.database("gateway") as gateway:
        told = {one.event for one in evidence.bus}
        evidence.feed = [Fed(*row) for row in await gateway.fetch(_FEED, wanted, told)]
        evidence.endpoints = [Endpoint(*row) for row in await gateway.fetch(_ENDPOINTS, wanted)]
        evidence.sendings = [Sending(*row) for row in await gateway.fetch(_SENDINGS, wanted)]
    return evidence


def hearing() -> dict[str, dict[str, list[str]]]:
    """By service and type of event, the names under which the inbox remembers the handlers."""
    nobody = cast(Any, None)
    registered: dict[str, Handlers] = {
        "referral": referral_handlers.register(),
        "matching": matching_handlers.register(Desk(nobody, Policy()), nobody),
        "training": training_handlers.register(nobody),
        "outcomes": outcomes_handlers.register(),
        "gateway": gateway_handlers.register(),
    }
    found: dict[str, dict[str, list[str]]] = {}
    for service, handlers in registered.items():
        named = {kind: [name for name, _ in some] for kind, some in handlers.events.items()}
        if handlers.every is not None:
            named = {kind: [*named.get(kind, ()), "every"] for kind in EVENTS}
        found[service] = named
    return found


async def _store(sources: Sources, service: str, wanted: frozenset[UUID]) -> Store:
    async with sources.database(service) as connection:
        return Store(
            written=[Written(*row) for row in await connection.fetch(_WRITTEN, wanted)],
            waiting={row[0] for row in await connection.fetch(_WAITING, wanted)},
            rows={table: await _rows(connection, service, table, wanted) for table in SUBJECTS[service]},
            moves=[Moved(*row) for row in await connection.fetch(_MOVES, wanted)],
            keys={row[0] for row in await connection.fetch(_KEYS, wanted)},
            inbox={(row[0], row[1]) for row in await connection.fetch(_INBOX)},
            parked=[(row[0], row[1], row[2]) for row in await connection.fetch(_PARKED, wanted)],
            audit=[_audited(row) for row in await connection.fetch(_AUDIT)],
            clocks=[Clock(*row) for row in await connection.fetch(_CLOCKS, wanted)],
        )


async def _rows(connection: Connection, service: str, table: str, wanted: frozenset[UUID]) -> list[Row]:
    """Of every partnership: a row that went astray is one of another."""
    subject = SUBJECTS[service][table]
    return [Row(*row) for row in await connection.fetch(f"SELECT id, partnership_id, {subject} FROM {table}")]  # noqa: S608 - our own names


def _audited(row: asyncpg.Record) -> Audited:
    entry = orjson.loads(row["entry"])
    return Audited(row["partnership_id"], entry["actor"], entry["request_id"], entry["changed"], row["position"])


async def _bus(sources: Sources, wanted: frozenset[UUID]) -> list[Heard]:
    """Every event of these partnerships, repetitions and all."""
    consumer = AIOKafkaConsumer(bootstrap_servers=sources.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        every = [
            TopicPartition(name, number)
            for name in topics.names(sources.topic_prefix)
            for number in range(topics.PARTITIONS)
        ]
        consumer.assign(every)
        await consumer.seek_to_beginning(*every)
        ends = await consumer.end_offsets(every)
        found: list[Heard] = []
        while any([await consumer.position(place) < ends[place] for place in every]):
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                topic = place.topic.removeprefix(sources.topic_prefix)
                found += [heard for record in records if (heard := _heard(topic, place.partition, record))]
        return [one for one in found if one.partnership in wanted]
    finally:
        await consumer.stop()


def _heard(topic: str, partition: int, record: Any) -> Heard | None:
    headers = {name: value.decode() for name, value in record.headers}
    try:
        return Heard(
            place=partition * 10**12 + record.offset,
            topic=topic,
            key=(record.key or b"").decode(),
            event=UUID(headers["ce_id"]),
            type=headers["ce_type"],
            partnership=UUID(headers["ce_partnership"]),
            audience=frozenset(UUID(one) for one in headers.get("ce_audience", "").split(",") if one),
            data=(record.value or b"").decode(),
        )
    except (KeyError, ValueError):
        # Not one of ours: a campaign may put nonsense on the bus.
        return None


_WRITTEN = """
SELECT seq, partnership_id, topic, key, event_id, type, data FROM campaign_journal WHERE partnership_id = ANY($1)
ORDER BY seq
"""
_WAITING = "SELECT CAST(headers->>'ce_id' AS uuid) FROM outbox WHERE partnership_id = ANY($1)"
_MOVES = "SELECT subject_kind, subject_id, to_status, partnership_id FROM status_history WHERE partnership_id = ANY($1)"
_KEYS = "SELECT key FROM idempotency_keys WHERE partnership_id = ANY($1)"
_INBOX = "SELECT handler, event_id FROM inbox"
_PARKED = "SELECT handler, event_id, cause FROM dead_letters WHERE partnership_id = ANY($1)"
_AUDIT = """
SELECT l.partnership_id, l.entry, c.position FROM audit_log l LEFT JOIN audit_chain c ON c.audit_id = l.id
"""
_CLOCKS = """
SELECT kind, subject_id, partnership_id, due_at > now() FROM clocks
WHERE partnership_id = ANY($1) AND raised_at IS NOT NULL
"""
# Also where one of their events has got into somebody else's.
_FEED = "SELECT id, partnership_id, number FROM feed WHERE partnership_id = ANY($1) OR id = ANY($2)"
_ENDPOINTS = """
SELECT id, reverse(split_part(reverse(url), '/', 1)), partnership_id, organisation_id FROM webhook_endpoints
WHERE partnership_id = ANY($1)
"""
_SENDINGS = """
SELECT d.endpoint_id, reverse(split_part(reverse(e.url), '/', 1)), d.event_id, d.partnership_id, d.state
FROM deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id WHERE d.partnership_id = ANY($1)
"""
