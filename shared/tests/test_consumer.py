"""The consumer: every event has its effect once, whatever comes twice, fails, or dies in between."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import consumer, dead_letters
from shared.consumer import Handlers, Later
from shared.db import work_of
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.kafka import Envelope
from shared.testing import envelope_for
from shared.tests.bus import Row, key_beside, key_elsewhere, numbered
from shared.tests.house import House, until
from shared.tests.listening import Ear, Listening
from shared.tests.widgets import Widget


async def test_an_event_that_comes_twice_has_its_effect_once(listening: Listening) -> None:
    key = new_id()
    rows = await listening.bus.say(numbered(key, 1), numbered(key, 2))
    await listening.bus.put(*rows)
    await listening.bus.say(numbered(key, 3))
    async with listening.on():
        await listening.heard(key, 1, 2, 3)
    assert [number for _, number in listening.ear.tries] == [1, 2, 3]


async def test_the_effect_is_in_the_tenant_and_the_name_of_the_event(listening: Listening, house: House) -> None:
    key, organisation = new_id(), new_id()
    seen: list[Any] = []

    async def look(session: AsyncSession, event: InductionStarted) -> None:
        work = work_of(session)
        seen.append((work.partnership, work.organisation, work.scope))
        others = await session.exec(select(Widget).where(Widget.partnership_id != work.partnership))
        assert others.first() is None
        work.pending.changed = True

    heard = Handlers()
    heard.on(InductionStarted, look)
    envelope = envelope_for(numbered(key, 1), partnership=house.partnership, organisation=organisation)
    await consumer.handle(listening.parts, heard, envelope)
    assert seen == [(house.partnership, organisation, "system")]
    ((entry,),) = await house.rows("SELECT entry FROM audit_log WHERE partnership_id = :p")
    assert '"actor":"worker:' in entry
    assert str(envelope.id) in entry


async def test_a_passing_failure_is_tried_again_in_order_and_another_partition_does_not_wait(
    listening: Listening,
) -> None:
    key = new_id()
    elsewhere = key_elsewhere(key)
    mended = asyncio.Event()

    async def away(_key: UUID, number: int, _time: int) -> None:
        if _key == key and number == 2 and not mended.is_set():
            raise Later("away")

    listening.ear.before = away
    await listening.bus.say(*(numbered(one, number) for number in (1, 2, 3) for one in (key, elsewhere)))
    async with listening.on():
        await listening.heard(elsewhere, 1, 2, 3)
        await listening.heard(key, 1)
        await until(lambda: tried_again(listening.ear, key))
        assert await listening.effects(key) == [1]
        mended.set()
        await listening.heard(key, 1, 2, 3)
    assert await listening.parked() == []


async def tried_again(ear: Ear, key: UUID) -> bool:
    return ear.tries.count((key, 2)) >= 2


async def test_a_lasting_failure_is_parked_with_what_comes_behind_it_and_other_keys_go_on(
    listening: Listening,
) -> None:
    key = new_id()
    beside = key_beside(key)
    listening.ear.before = refuse_two(key)
    await listening.bus.say(*(numbered(one, number) for number in (1, 2, 3, 4) for one in (key, beside)))
    async with listening.on():
        await listening.heard(beside, 1, 2, 3, 4)
        await listening.heard(key, 1)
        parked = await listening.parked()
        assert [(one["key"], one["cause"]) for one in parked] == [
            (str(key), "ValueError"),
            (str(key), "queued behind an earlier event of its key"),
            (str(key), "queued behind an earlier event of its key"),
        ]
        assert "personal" not in str(parked)
        assert await dead_letters.replay(listening.parts, listening.ear.handlers()) == (0, 3)
        assert await listening.effects(key) == [1]
        listening.ear.before = None
        assert await dead_letters.replay(listening.parts, listening.ear.handlers()) == (3, 0)
        assert await listening.effects(key) == [1, 2, 3, 4]
        await listening.bus.say(numbered(key, 5))
        await listening.heard(key, 1, 2, 3, 4, 5)
    assert await listening.parked() == []


def refuse_two(key: UUID) -> Callable[[UUID, int, int], Awaitable[None]]:
    async def refuse(one: UUID, number: int, _time: int) -> None:
        if (one, number) == (key, 2):
            raise ValueError("something personal")

    return refuse


async def test_a_parked_event_that_comes_again_is_parked_once(listening: Listening, house: House) -> None:
    key = new_id()
    listening.ear.before = refuse_two(key)
    envelopes = [envelope_for(numbered(key, number), partnership=house.partnership) for number in (2, 3)]
    for envelope in [*envelopes, *envelopes]:
        await consumer.handle(listening.parts, listening.ear.handlers(), envelope)
    assert [one["event_id"] for one in await listening.parked()] == [one.id for one in envelopes]
    listening.ear.before = None
    assert await dead_letters.replay(listening.parts, listening.ear.handlers()) == (2, 0)
    assert await listening.effects(key) == [2, 3]


async def test_a_replay_stops_a_key_at_its_first_failure_only(listening: Listening, house: House) -> None:
    key, other = new_id(), new_id()
    refused = {(key, 1), (key, 3), (other, 1)}

    async def refuse(one: UUID, number: int, _time: int) -> None:
        if (one, number) in refused:
            raise ValueError

    listening.ear.before = refuse
    for one in (key, other):
        for number in (1, 2, 3):
            envelope = envelope_for(numbered(one, number), partnership=house.partnership)
            await consumer.handle(listening.parts, listening.ear.handlers(), envelope)
    refused -= {(key, 1), (other, 1)}
    assert await dead_letters.replay(listening.parts, listening.ear.handlers()) == (5, 1)
    assert (await listening.effects(key), await listening.effects(other)) == ([1, 2], [1, 2, 3])


async def test_what_comes_during_a_replay_is_replayed_too_and_in_order(listening: Listening, house: House) -> None:
    key = new_id()
    listening.ear.before = refuse_two(key)
    second = envelope_for(numbered(key, 2), partnership=house.partnership)
    third = envelope_for(numbered(key, 3), partnership=house.partnership)
    await consumer.handle(listening.parts, listening.ear.handlers(), second)

    async def meanwhile(_key: UUID, number: int, _time: int) -> None:
        if number == 2:
            await consumer.handle(listening.parts, Ear(house.partnership).handlers(), third)

    listening.ear.before = meanwhile
    assert await dead_letters.replay(listening.parts, listening.ear.handlers()) == (2, 0)
    assert await listening.effects(key) == [2, 3]


async def test_a_handler_that_fails_does_not_take_another_handler_with_it(listening: Listening, house: House) -> None:
    key, other = new_id(), Ear(house.partnership)

    async def also(session: AsyncSession, event: InductionStarted) -> None:
        await other.hears(session, event)

    listening.ear.before = refuse_two(key)
    heard = listening.ear.handlers()
    heard.on(InductionStarted, also)
    for number in (1, 2, 3):
        await consumer.handle(
            listening.parts, heard, envelope_for(numbered(key, number), partnership=house.partnership)
        )
    assert [number for _, number in other.tries] == [1, 2, 3]
    assert [number for _, number in listening.ear.tries] == [1, 2]


async def test_whoever_hears_everything_gets_the_envelope_once(listening: Listening, house: House) -> None:
    got: list[Envelope] = []

    async def everything(_session: AsyncSession, envelope: Envelope) -> None:
        got.append(envelope)

    envelope = envelope_for(numbered(new_id(), 1), partnership=house.partnership)
    heard = Handlers(every=everything)
    for _ in range(2):
        await consumer.handle(listening.parts, heard, envelope)
    assert got == [envelope]
    assert heard.topics() == {
        "circle.referral",
        "circle.matching",
        "circle.training",
        "circle.outcomes",
        "circle.gateway",
    }


NONSENSE = [
    Row("key", "{}", {}),
    Row("key", "{}", {"ce_id": "1", "ce_type": "circle.induction.started.v1", "ce_partnership": "x"}),
    Row("key", "{}", {"ce_id": str(new_id()), "ce_type": "circle.never.heard.v1", "ce_partnership": str(new_id())}),
]


async def test_what_is_no_event_of_ours_is_passed_over(listening: Listening) -> None:
    key = new_id()
    await listening.bus.put(*NONSENSE)
    await listening.bus.say(numbered(key, 1))
    async with listening.on():
        await listening.heard(key, 1)
    assert await listening.parked() == []


async def test_an_event_whose_body_is_not_as_agreed_is_parked(listening: Listening, house: House) -> None:
    good = envelope_for(numbered(new_id(), 1), partnership=house.partnership)
    bad = Envelope.of(good.topic, good.key, good.headers, '{"volunteer": 1}')
    await consumer.handle(listening.parts, listening.ear.handlers(), bad)
    assert [one["cause"] for one in await listening.parked()] == ["ValidationError"]
