"""The client library of the bus on its bad days: whatever breaks in it counts as a bus that is away."""

import asyncio
from dataclasses import asdict
from unittest import mock

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.conn import AIOKafkaConnection

from shared import logging
from shared.ids import new_id
from shared.kafka import Away, BrokenClientError, Producer, away_when_broken, partition_of
from shared.settings import Settings
from shared.tests.bus import TOPIC, Row


async def test_a_partition_that_the_broker_does_not_tell_of_is_a_bus_that_is_away(bus_settings: Settings) -> None:
    settings = bus_settings.model_copy(update={"topic_prefix": f"narrow-{new_id()}."})
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(settings.topic_prefix + TOPIC, 1, 1)])
    await admin.close()
    producer = Producer(settings)
    await producer.start()
    try:
        with pytest.raises(Away):
            await producer.publish([asdict(Row(_key_of_another_partition(), "{}", {}))])
    finally:
        await producer.stop()


def _key_of_another_partition() -> str:
    return next(key for key in map(str, range(100)) if partition_of(key))


async def test_a_line_that_breaks_under_the_look_for_brokers_does_not_end_the_looking(bus_settings: Settings) -> None:
    producer, broken = Producer(bus_settings), asyncio.Event()

    def write(*_: object) -> None:
        # What uvloop says of a connection whose reset nobody has read yet.
        broken.set()
        raise RuntimeError("the handler is closed")

    await producer.start()
    try:
        with mock.patch.object(AIOKafkaConnection, "send", side_effect=write):
            producer._producer.client.force_metadata_update()  # noqa: SLF001 - it has no public name
            await broken.wait()
        async with asyncio.timeout(20):
            # Of a topic that it has not heard of yet it has to ask.
            await producer.publish([asdict(Row(str(new_id()), "{}", {}))])
    finally:
        await producer.stop()


async def test_a_cancellation_that_nobody_asked_for_does_not_end_the_reader() -> None:
    broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    broken.cancel()
    with pytest.raises(BrokenClientError), away_when_broken():
        await broken


async def test_a_cancellation_that_was_asked_for_ends_the_reader() -> None:
    async def read() -> None:
        with away_when_broken():
            await asyncio.get_running_loop().create_future()

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader


def test_what_is_logged_of_an_error_is_its_place_and_never_its_text() -> None:
    try:
        raise ExceptionGroup("two", [_raised(ValueError("Zaphod")), _raised(KeyError("Beeblebrox"))])
    except ExceptionGroup as group:
        found = logging.places(group)
    assert [place.split()[0] for place in found] == ["ValueError", "KeyError"]
    assert all("tests/test_kafka.py:" in place for place in found)
    assert "Zaphod" not in str(found)
    assert "Beeblebrox" not in str(found)


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught
