"""P9: from commit to the handler of another service ÷ raw produce to consume of records of like size, 200 events/s."""

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlmodel.ext.asyncio.session import AsyncSession

from bench import ground, harness
from bench.harness import Figure, Round
from services.matching.settings import MatchingSettings
from services.training.settings import TrainingSettings
from shared import consumer, outbox, relay
from shared.consumer import Handlers, partnership_work
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.kafka import create_topics
from shared.parts import Parts
from shared.settings import Settings

P9: Final = Figure(
    "P9",
    "commit → consumer p50 at 200/s ÷ raw produce → consume",
    "ms, median",
    must=3.0,
    aim=1.5,
    by="latency",
)
RATE: Final = 200
EVENTS: Final = 400
RAW: Final = "raw."
_PATIENCE: Final = 60.0


@dataclass
class Times:
    """When each event left and when it came, by its number."""

    left: dict[int, float] = field(default_factory=dict)
    came: dict[int, float] = field(default_factory=dict)
    all_came: asyncio.Event = field(default_factory=asyncio.Event)

    def comes(self, number: int) -> None:
        self.came.setdefault(number, time.perf_counter())
        if len(self.came) >= EVENTS:
            self.all_came.set()


class Bench:
    """One service that tells, another one that hears, and a raw producer and consumer on the same broker."""

    def __init__(self, teller: Parts, hearer: Parts, producer: AIOKafkaProducer) -> None:
        self.teller = teller
        self.hearer = hearer
        self.producer = producer
        self.times = Times()
        self.volunteers = [new_id() for _ in range(40)]
        self.partnership = new_id()

    async def hears(self, _session: AsyncSession, event: InductionStarted) -> None:
        """The moment that counts is when the handler is entered, its claim in the inbox made."""
        self.times.comes(event.induction.int)

    def hears_raw(self, record: Any) -> None:
        self.times.comes(int(record.headers[-1][1]))

    def _event(self, number: int) -> InductionStarted:
        volunteer = self.volunteers[number % len(self.volunteers)]
        return InductionStarted(volunteer=volunteer, induction=type(volunteer)(int=number))

    async def tell(self, number: int) -> None:
        """One event in a transaction as the verbs asked most have it; the clock starts when its commit has returned."""
        work = partnership_work(self.teller, self.partnership, "bench")
        async with self.teller.app.direct(work) as session:
            outbox.add(session, self._event(number), audience=[self.partnership])
            await self.teller.app.commit(session)
            self.times.left[number] = time.perf_counter()
            self.teller.poke.set()

    async def send(self, number: int) -> None:
        """The bytes of such an event by raw `send`; the clock starts before it."""
        event = self._event(number)
        headers = [(f"ce_{one}", str(self.partnership).encode()) for one in range(10)]
        body = event.model_dump_json().encode()
        self.times.left[number] = time.perf_counter()
        topic = RAW + event.TOPIC
        await self.producer.send(topic, body, event.key.encode(), headers=[*headers, ("number", b"%d" % number)])

    async def round(self, tell: Callable[[int], Coroutine[Any, Any, None]]) -> Round:
        """A constant stream: each event when it is due, whatever became of the ones before."""
        self.times = Times()
        began, cpu = time.perf_counter() + 0.01, time.process_time()
        async with asyncio.TaskGroup() as group:
            for number in range(EVENTS):
                await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
                group.create_task(tell(number))
        async with asyncio.timeout(_PATIENCE):
            await self.times.all_came.wait()
        waits = [self.times.came[number] - self.times.left[number] for number in range(EVENTS)]
        used = time.process_time() - cpu
        return Round(EVENTS, used, time.perf_counter() - began, latency=max(statistics.median(waits), 1e-6))


async def _listen(listener: "AIOKafkaConsumer[bytes, bytes]", bench: Bench) -> None:
    while True:
        for records in (await listener.getmany(timeout_ms=500)).values():
            for record in records:
                bench.hears_raw(record)


async def measure(teller: Settings, hearer: Settings) -> None:
    """Everything in one event loop, both arms in turn: what the loop itself costs is the same for both."""
    async with AsyncExitStack() as stack:
        telling, hearing = Parts.of(teller), Parts.of(hearer)
        for one in (telling, hearing):
            stack.push_async_callback(one.close)
        await create_topics(teller.kafka_bootstrap, RAW)
        producer = AIOKafkaProducer(bootstrap_servers=teller.kafka_bootstrap, acks="all", enable_idempotence=True)
        listener = AIOKafkaConsumer(
            RAW + InductionStarted.TOPIC, bootstrap_servers=teller.kafka_bootstrap, auto_offset_reset="earliest"
        )
        for raw in (producer, listener):
            await raw.start()
            stack.push_async_callback(raw.stop)
        bench = Bench(telling, hearing, producer)
        handlers = Handlers()
        handlers.on(InductionStarted, bench.hears)
        running = [relay.run(telling), consumer.run(hearing, handlers, "bench"), _listen(listener, bench)]
        tasks = [asyncio.create_task(one) for one in running]
        loop = asyncio.get_running_loop()
        try:
            ours = ground.arm(loop, lambda: bench.round(bench.tell))
            raw_arm = ground.arm(loop, lambda: bench.round(bench.send))
            await asyncio.to_thread(harness.compare, P9, ours, raw_arm, rate=RATE)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    stack = ground.stack()
    with mock.patch.dict(os.environ, stack.environment_of("training")):
        teller = TrainingSettings()
    with mock.patch.dict(os.environ, stack.environment_of("matching")):
        hearer = MatchingSettings()
    uvloop.run(measure(teller, hearer))


if __name__ == "__main__":
    main()
