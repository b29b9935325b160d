"""The topics of the platform: awaited and created with a real request over the protocol."""

import asyncio
from collections.abc import Iterable
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from deploy.local.state import APPLICATIONS

PARTITIONS: Final = 6


def names(prefix: str = "") -> list[str]:
    return [f"{prefix}circle.{name}" for name in APPLICATIONS]


async def ensure(bootstrap: str, wanted: Iterable[str], seconds: float = 30) -> None:
    """Wait until the broker answers, then create what is missing; ends when every partition has its leader."""
    admin = await _connected(bootstrap, seconds)
    try:
        missing = sorted(set(wanted) - set(await admin.list_topics()))
        if missing:
            await _create(admin, missing)
            async with asyncio.timeout(seconds):
                await _led(admin, missing)
    finally:
        await admin.close()


async def _connected(bootstrap: str, seconds: float) -> AIOKafkaAdminClient:
    async with asyncio.timeout(seconds):
        while True:
            admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
            try:
                await admin.start()
            except (KafkaError, OSError):
                await admin.close()
                await asyncio.sleep(0.1)
            else:
                return admin


async def _create(admin: AIOKafkaAdminClient, missing: list[str]) -> None:
    topics = [NewTopic(name, num_partitions=PARTITIONS, replication_factor=1) for name in missing]
    answer = await admin.create_topics(topics)
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(name)


async def _led(admin: AIOKafkaAdminClient, wanted: list[str]) -> None:
    while True:
        found = await admin.describe_topics(wanted)
        partitions = [partition for topic in found for partition in topic["partitions"]]
        if len(partitions) == PARTITIONS * len(wanted) and all(part["leader"] >= 0 for part in partitions):
            return
        await asyncio.sleep(0.05)
