"""Events that share a transaction: each has its effect once, in its own tenant, whatever becomes of the others."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import consumer, outbox
from shared.consumer import Handlers
from shared.db import work_of
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.kafka import Envelope
from shared.testing import envelope_for
from shared.tests.bus import numbered
from shared.tests.house import House, until
from shared.tests.listening import Listening
from shared.tests.widgets import Widget


def envelopes_of(house: House, *events: InductionStarted) -> list[Envelope]:
    return [envelope_for(event, partnership=house.partnership) for event in events]


async def together(listening: Listening, envelopes: list[Envelope]) -> bool:
    return await consumer.handle_together(listening.parts, listening.ear.handlers(), envelopes)


async def test_what_comes_together_is_committed_together_each_once(listening: Listening, house: House) -> None:
    key = new_id()
    one, two, three = envelopes_of(house, *(numbered(key, number) for number in (1, 2, 3)))
    assert await together(listening, [one, two, one, three, two])
    assert await listening.effects(key) == [1, 2, 3]
    transactions = await house.rows("SELECT DISTINCT xmin::text FROM widgets WHERE label LIKE :key", key=f"{key} %")
    assert len(transactions) == 1
    assert await together(listening, [two, three])
    assert await listening.effects(key) == [1, 2, 3]


async def test_when_one_fails_nothing_has_happened_and_each_is_then_judged_alone(
    listening: Listening, house: House
) -> None:
    key, other = new_id(), new_id()

    async def refuse(one: Any, number: int, _time: int) -> None:
        if (one, number) == (key, 2):
            raise ValueError("something personal")

    listening.ear.before = refuse
    events = [numbered(one, number) for number in (1, 2, 3) for one in (key, other)]
    assert not await together(listening, envelopes_of(house, *events))
    assert await listening.effects(key) == await listening.effects(other) == []
    await listening.bus.say(*events)
    async with listening.on():
        await listening.heard(other, 1, 2, 3)
        await listening.heard(key, 1)
        await until(lambda: _both_parked(listening))
    causes = [one["cause"] for one in await listening.parked()]
    assert causes == ["ValueError", "queued behind an earlier event of its key"]


async def test_what_comes_behind_a_parked_event_waits_and_the_others_with_it_do_not(
    listening: Listening, house: House
) -> None:
    key, other = new_id(), new_id()

    async def refuse(one: Any, _number: int, _time: int) -> None:
        if one == key:
            raise ValueError

    listening.ear.before = refuse
    for envelope in envelopes_of(house, numbered(key, 1)):
        await consumer.handle(listening.parts, listening.ear.handlers(), envelope)
    later = [numbered(one, number) for number in (2, 3) for one in (key, other)]
    assert await together(listening, envelopes_of(house, *later))
    assert (await listening.effects(key), await listening.effects(other)) == ([], [2, 3])
    assert len(await listening.parked()) == 3


async def test_each_is_handled_in_its_own_tenant_and_sees_no_row_that_another_has_loaded(
    listening: Listening, house: House
) -> None:
    elsewhere, shown = new_id(), new_id()
    seen: list[Any] = []

    async def look(session: AsyncSession, _event: InductionStarted) -> None:
        work = work_of(session)
        if work.partnership == house.partnership:
            session.add(Widget(id=shown, partnership_id=house.partnership, label="ours"))
            await session.flush()
        seen.append((work.partnership, await session.get(Widget, shown) is not None))
        work.pending.changed = True

    heard = Handlers()
    heard.on(InductionStarted, look)
    envelopes = [envelope_for(numbered(new_id(), 1), partnership=one) for one in (house.partnership, elsewhere)]
    assert await consumer.handle_together(listening.parts, heard, envelopes)
    assert seen == [(house.partnership, True), (elsewhere, False)]
    query = "SELECT entry FROM audit_log WHERE partnership_id = CAST(:one AS uuid)"
    for envelope in envelopes:
        ((entry,),) = await house.rows(query, one=str(envelope.partnership))
        assert str(envelope.id) in entry


async def test_their_own_events_are_told_in_one_order_of_keys_so_that_nobody_is_blocked_for_good(
    listening: Listening, house: House
) -> None:
    first, second = sorted([new_id(), new_id()])

    async def pass_on(session: AsyncSession, event: InductionStarted) -> None:
        outbox.add(session, event, audience=[house.organisation])

    heard = Handlers()
    heard.on(InductionStarted, pass_on)
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))")
    async with listening.parts.app.open(house.work()) as request:
        await request.execute(lock, {"key": str(first)})
        envelopes = envelopes_of(house, numbered(second, 1), numbered(first, 1))
        handling = asyncio.create_task(consumer.handle_together(listening.parts, heard, envelopes))
        await until(lambda: _someone_waits(house))
        await request.execute(lock, {"key": str(second)})
        await request.commit()
    assert await handling
    keys = await house.rows("SELECT key FROM outbox WHERE partnership_id = :p ORDER BY seq")
    assert [row.key for row in keys] == [str(second), str(first)]


async def test_events_that_block_a_request_give_way_and_are_handled_afterwards(
    listening: Listening, house: House
) -> None:
    """Each has what the other one wants; the database would end one of them, whoever it is."""
    one, other = new_id(), new_id()
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))")

    async def want(session: AsyncSession, event: InductionStarted) -> None:
        await session.execute(lock, {"key": str(event.volunteer)})
        session.add(Widget(partnership_id=house.partnership, label=f"{event.volunteer} done"))

    heard = Handlers()
    heard.on(InductionStarted, want)
    envelopes = envelopes_of(house, numbered(one, 1), numbered(other, 1))
    # Ten times: by chance alone the request would win some.
    for _ in range(10):
        async with listening.parts.app.open(house.work()) as request:
            await request.execute(lock, {"key": str(other)})
            handling = asyncio.create_task(consumer.handle_together(listening.parts, heard, envelopes))
            await until(lambda: _someone_waits(house))
            await request.execute(lock, {"key": str(one)})
            await request.commit()
        assert not await handling
    for envelope in envelopes:
        await consumer.handle(listening.parts, heard, envelope)
    assert len(await house.rows("SELECT 1 FROM widgets WHERE label LIKE '% done' AND partnership_id = :p")) == 2
    assert await listening.parked() == []


async def test_one_event_that_blocks_a_request_gives_way_too(listening: Listening, house: House) -> None:
    """The request waits first, so that it would be the one that the database ends."""
    record, other, holds = new_id(), new_id(), asyncio.Event()
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))")

    async def want(session: AsyncSession, _event: InductionStarted) -> None:
        await session.execute(lock, {"key": str(record)})
        if not holds.is_set():
            holds.set()
            await until(lambda: _someone_waits(house))
        await session.execute(lock, {"key": str(other)})
        session.add(Widget(partnership_id=house.partnership, label="done alone"))

    heard = Handlers()
    heard.on(InductionStarted, want)
    (envelope,) = envelopes_of(house, numbered(record, 1))
    async with listening.parts.app.open(house.work()) as request:
        await request.execute(lock, {"key": str(other)})
        handling = asyncio.create_task(consumer.handle(listening.parts, heard, envelope))
        await holds.wait()
        await request.execute(lock, {"key": str(record)})
        await request.commit()
    with pytest.raises(DBAPIError) as given_up:
        await handling
    assert consumer.is_transient(given_up.value)
    await consumer.handle(listening.parts, heard, envelope)
    assert len(await house.rows("SELECT 1 FROM widgets WHERE label = 'done alone' AND partnership_id = :p")) == 1


async def _both_parked(listening: Listening) -> bool:
    return len(await listening.parked()) == 2


async def _someone_waits(house: House) -> bool:
    rows = await house.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    return bool(rows[0][0])
