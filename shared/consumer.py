"""The consumer: claims events and acts on them in one transaction, many at once; failures wait or are parked."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import away, inbox, logging, telemetry
from shared.auth import Role
from shared.clocks import DueClock
from shared.db import Work, turn_to
from shared.errors import Unavailable
from shared.events.base import EVENTS, Event
from shared.kafka import Away, Consumer, Envelope, Partition, envelope_of
from shared.parts import Parts

E = TypeVar("E", bound=Event)
Handler = Callable[[AsyncSession, Any], Awaitable[None]]
# So many events share a transaction: most of what it costs is gone by then, and it holds its locks for a short time.
TOGETHER = 20
_log = logging.get("consumer")


class Later(Exception):  # noqa: N818 - not an error: the effect is not possible yet
    """Raised by a handler when something that it needs is away for the moment: the event is handled again."""


@dataclass
class Handlers:
    """Everything that a service hears: events by type, clocks by kind, and what wants to see every event."""

    events: dict[str, list[tuple[str, Handler]]] = field(default_factory=dict)
    clocks: dict[str, Callable[[AsyncSession, DueClock], Awaitable[None]]] = field(default_factory=dict)
    every: Callable[[AsyncSession, Envelope], Awaitable[None]] | None = None

    def on(self, kind: type[E], handler: Callable[[AsyncSession, E], Awaitable[None]]) -> None:
        """Hear events of one type. The handler's name is part of what the inbox remembers: keep it."""
        name = f"{handler.__module__}.{handler.__name__}"
        self.events.setdefault(kind.TYPE, []).append((name, cast("Handler", handler)))

    def on_clock(self, kind: str, handler: Callable[[AsyncSession, DueClock], Awaitable[None]]) -> None:
        """Act when a clock of this kind runs out."""
        self.clocks[kind] = handler

    def topics(self) -> set[str]:
        """The topics to read."""
        if self.every is not None:
            return {kind.TOPIC for kind in EVENTS.values()}
        return {EVENTS[name].TOPIC for name in self.events}

    def of(self, envelope: Envelope) -> list[tuple[str, Handler]]:
        """Handlers of one event; each has its own claim and its own transaction."""
        found = list(self.events.get(envelope.type, ()))
        if self.every is not None:
            found.append(("every", self.every))
        return found


Wanted = tuple[str, Handler, Envelope]
Arrived = tuple[Partition, Any, Envelope | None]


async def handle(parts: Parts, handlers: Handlers, envelope: Envelope) -> None:
    """Let every handler of the event act exactly once; raise when the event has to come again."""
    for name, handler in handlers.of(envelope):
        outcome = await _handle_one(parts, (name, handler, envelope))
        telemetry.HANDLED.labels(parts.settings.service, name, outcome).inc()


async def handle_together(parts: Parts, handlers: Handlers, envelopes: Sequence[Envelope]) -> bool:
    """The same for several in their order, in one transaction; False when one failed, and so nothing happened."""
    wanted = {(name, one.id): (name, act, one) for one in envelopes for name, act in handlers.of(one)}
    try:
        outcomes = await _claim_and_act(parts, list(wanted.values())) if wanted else []
    except Exception as error:  # noqa: BLE001 - whatever it is, each is handled alone now, and its own failure judged
        _log.info("one-by-one", error=type(error).__name__, count=len(wanted))
        return False
    for (name, _), outcome in zip(wanted, outcomes, strict=True):
        telemetry.HANDLED.labels(parts.settings.service, name, outcome).inc()
    return True


async def _handle_one(parts: Parts, wanted: Wanted) -> str:
    name, _, envelope = wanted
    try:
        try:
            return (await _claim_and_act(parts, [wanted]))[0]
        except IntegrityError:
            # Somebody may have written the same row at the same moment; then it is there now.
            return (await _claim_and_act(parts, [wanted]))[0]
    except Exception as error:
        if is_transient(error):
            raise
        _log.error(
            "parked", handler=name, event_id=str(envelope.id), event_type=envelope.type, error=type(error).__name__
        )
        async with parts.worker.transaction(work_for(parts, name, envelope)) as session:
            await inbox.park(session, name, envelope, type(error).__name__)
        return "parked"


async def _claim_and_act(parts: Parts, wanted: Sequence[Wanted]) -> list[str]:
    """All in one transaction; each event in its own tenant, and seeing nothing that another one has loaded."""
    first, _, envelope = wanted[0]
    works: list[Work] = []
    async with parts.worker.open(work_for(parts, first, envelope)) as session:
        claimed = await inbox.claim(session, [(name, one) for name, _, one in wanted])
        for mine, (name, handler, one) in zip(claimed, wanted, strict=True):
            if mine:
                works.append(work_for(parts, name, one))
                await turn_to(session, works[-1])
                await act(session, name, handler, one)
                await session.flush()
                session.expunge_all()
        await parts.worker.commit_all(session, works)
    if any(work.pending.events for work in works):
        parts.poke.set()
    return ["done" if mine else "known-or-queued" for mine in claimed]


async def act(session: AsyncSession, name: str, handler: Handler, envelope: Envelope) -> None:
    """Call the handler with what it wants: the typed event, or the envelope where it hears everything."""
    with telemetry.span(f"handle {envelope.type}", envelope.headers.get("traceparent", "")):
        if name == "every":
            await handler(session, envelope)
        else:
            await handler(session, EVENTS[envelope.type].model_validate_json(envelope.data))


def work_for(parts: Parts, name: str, envelope: Envelope) -> Work:
    """The work of a handler: for the event's partnership, in the name of the handler."""
    return Work(
        service=parts.settings.service,
        partnership=envelope.partnership,
        organisation=envelope.organisation,
        actor=f"worker:{name}",
        scope="system",
        roles=(Role.WORKER.value,),
        action=f"handle {envelope.type}",
        request_id=str(envelope.id),
        traceparent=telemetry.child(envelope.headers.get("traceparent")),
    )


def is_transient(error: BaseException) -> bool:
    """Whether trying again later can help: something is away, locked or lost a race."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        return error.connection_invalidated or not state or state[:2] in away.TROUBLES
    return isinstance(error, (Later, Unavailable, PoolTimeout, *away.CONNECTING, *Away))


async def run(parts: Parts, handlers: Handlers, group: str | None = None) -> None:
    """Consume until cancelled; when the broker or the database is away, wait and go on where it stood."""
    while True:
        consumer = Consumer(parts.settings, group or parts.settings.service, handlers.topics())
        try:
            await consumer.start()
            while True:
                await _one_batch(parts, handlers, consumer)
        except (*Away, *away.DATABASE) as error:
            _log.warning("consumer-waits", error=type(error).__name__)
            await asyncio.sleep(0.5)
        finally:
            with suppress(*Away):
                await consumer.stop()


async def _one_batch(parts: Parts, handlers: Handlers, consumer: Consumer) -> None:
    arrived = [
        (partition, record, _envelope(record))
        for partition, records in (await consumer.batch()).items()
        for record in records
    ]
    waiting: set[Partition] = set()
    for start in range(0, len(arrived), TOGETHER):
        some = [one for one in arrived[start : start + TOGETHER] if one[0] not in waiting]
        if await handle_together(parts, handlers, [envelope for _, _, envelope in some if envelope is not None]):
            for partition, record, _ in some:
                consumer.handled(partition, record.offset)
        else:
            await _one_by_one(parts, handlers, consumer, some, waiting)
    await consumer.commit()
    telemetry.LAG.labels(parts.settings.service).set(consumer.lag())
    if waiting:
        await asyncio.sleep(0.2)


async def _one_by_one(
    parts: Parts, handlers: Handlers, consumer: Consumer, some: Sequence[Arrived], waiting: set[Partition]
) -> None:
    """What has to come again holds up its own partition, which is then `waiting`, and no other."""
    for partition, record, envelope in some:
        if partition in waiting:
            continue
        try:
            if envelope is not None:
                await handle(parts, handlers, envelope)
            consumer.handled(partition, record.offset)
        except Exception as error:
            if not is_transient(error):
                raise
            _log.warning("again", error=type(error).__name__, topic=record.topic)
            consumer.back_to(partition, record.offset)
            waiting.add(partition)


def _envelope(record: Any) -> Envelope | None:
    try:
        return envelope_of(record)
    except (KeyError, ValueError, AttributeError) as error:
        _log.error("not-an-event", topic=record.topic, position=record.offset, error=type(error).__name__)
        return None


def partnership_work(parts: Parts, partnership: UUID, actor: str, context: Mapping[str, str] | None = None) -> Work:
    """The work of a clock or another background act for one partnership."""
    return Work(
        service=parts.settings.service,
        partnership=partnership,
        organisation=None,
        actor=f"worker:{actor}",
        scope="system",
        roles=(Role.WORKER.value,),
        action=actor,
        traceparent=telemetry.child((context or {}).get("traceparent")),
    )
