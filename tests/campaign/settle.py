"""Waiting until a platform has nothing left to do: outboxes, consumers, feed, webhooks and seals."""

import asyncio
import time
from collections.abc import Collection, Mapping
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import topics
from deploy.local.state import APPLICATIONS
from shared.events.base import EVENTS
from tests.campaign.gather import Sources, hearing

_PAUSE_SECONDS = 0.2


async def settle(sources: Sources, partnerships: Collection[UUID], seconds: float = 60) -> str:
    """Empty when everything is done within the seconds; else what was left.

    A look sees one place after the other, and what moves on meanwhile may be seen nowhere: told after the outboxes were
    looked at, its cause committed before the groups were. So it takes two looks that find nothing, with nothing told
    since the first one began: whatever that one missed lies before the second one, or is done.
    """
    until, before, last = time.monotonic() + seconds, -1, "events that are still being told"
    while True:
        told = await _told(sources, list(partnerships))
        left = await _left(sources, list(partnerships)) or await _lag(sources)
        if not left and told == before:
            return ""
        last = left or last
        if time.monotonic() > until:
            return last
        before = -1 if left else told
        await asyncio.sleep(_PAUSE_SECONDS)


async def _told(sources: Sources, partnerships: list[UUID]) -> int:
    """How many events these partnerships' services have ever written, by the witness."""
    total = 0
    for service in APPLICATIONS:
        async with sources.database(service) as connection:
            total += await connection.fetchval(_EVENTS, partnerships)
    return total


async def _left(sources: Sources, partnerships: list[UUID]) -> str:
    for service in APPLICATIONS:
        async with sources.database(service) as connection:
            for what, query in (_OF_GATEWAY if service == "gateway" else _OF_EVERY).items():
                count = await connection.fetchval(query, partnerships)
                if count:
                    return f"{count} {what} of {service}"
    return ""


async def _lag(sources: Sources) -> str:
    """What the services' groups have not committed yet."""
    try:
        known = await ends(sources)
        admin = AIOKafkaAdminClient(bootstrap_servers=sources.bootstrap)
        await admin.start()
        try:
            for service in APPLICATIONS:
                done = await admin.list_consumer_group_offsets(sources.topic_prefix + service)
                for place in _heard_by(sources, service, known):
                    at = done[place].offset if place in done else 0
                    if at < known[place]:
                        return f"{known[place] - at} records of {place.topic} for {service}"
        finally:
            await admin.close()
    except (KafkaError, OSError) as error:
        return f"the broker: {type(error).__name__}"
    return ""


def _heard_by(sources: Sources, service: str, ends: dict[TopicPartition, int]) -> list[TopicPartition]:
    heard = {sources.topic_prefix + EVENTS[kind].TOPIC for kind in hearing()[service]}
    return [place for place in ends if place.topic in heard]


async def rewind(sources: Sources, service: str, to: Mapping[TopicPartition, int]) -> None:
    """Let a service's group, which has no member now, go on from these positions."""
    group = sources.topic_prefix + service
    consumer = AIOKafkaConsumer(bootstrap_servers=sources.bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(to))
        await consumer.commit(dict(to))
    finally:
        await consumer.stop()


async def ends(sources: Sources) -> dict[TopicPartition, int]:
    """Where each partition ends now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=sources.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        names = topics.names(sources.topic_prefix)
        every = [TopicPartition(name, number) for name in names for number in range(topics.PARTITIONS)]
        found: dict[TopicPartition, int] = await consumer.end_offsets(every)
        return found
    finally:
        await consumer.stop()


_EVENTS = "SELECT count(*) FROM campaign_journal WHERE partnership_id = ANY($1)"
_OF_EVERY = {
    "rows in the outbox": "SELECT count(*) FROM outbox WHERE partnership_id = ANY($1)",
    "rows to seal": "SELECT count(*) FROM audit_unsealed WHERE partnership_id = ANY($1)",
}
_OF_GATEWAY = _OF_EVERY | {
    "events to number": "SELECT count(*) FROM feed_waiting WHERE partnership_id = ANY($1)",
    "deliveries": "SELECT count(*) FROM deliveries WHERE state = 'pending' AND partnership_id = ANY($1)",
}
