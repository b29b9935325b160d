"""kill -9 of relays and consumers between each pair of durable steps: nothing is lost, nothing has its effect twice."""

import random
from functools import partial

import pytest

from shared.ids import new_id
from shared.tests.bus import Bus, by_key, key_beside, number_of, numbered
from shared.tests.house import until
from tests.reliability.conftest import Children, Writer, killed

RELAY_POINTS = {
    "before publishing": 0,
    "in the middle of publishing": 4,
    "after publishing": 5,
}


@pytest.mark.parametrize("point", RELAY_POINTS)
async def test_a_relay_killed_here_repeats_at_the_most(
    writer: Writer, bus: Bus, children: Children, point: str
) -> None:
    key = new_id()
    await writer.write(*(numbered(key, number) for number in range(5)))
    dying = children.start("relay", point)

    async def dead() -> bool:
        return killed(dying)

    await until(dead, 60)
    assert await writer.waiting() == 5
    children.start("relay", point)
    await until(lambda: drained(writer), 60)
    collected = await bus.collect(5 + RELAY_POINTS[point])
    assert by_key(collected) == {str(key): list(range(5))}
    assert [number_of(one) for one in collected] == [*range(RELAY_POINTS[point]), *range(5)]


async def drained(writer: Writer) -> bool:
    return await writer.waiting() == 0


@pytest.mark.slow
async def test_relays_killed_again_and_again_while_others_write_lose_nothing(
    writer: Writer, bus: Bus, children: Children
) -> None:
    keys, chance = [new_id() for _ in range(5)], random.Random(7)
    written = 0
    for _ in range(4):
        alive = children.start("relay")
        for _ in range(chance.randrange(20, 60)):
            await writer.write(*(numbered(key, written) for key in keys))
            written += 1
        await until(partial(lives, writer, written * 5), 60)
        alive.kill()
        alive.wait()
    children.start("relay")
    await until(lambda: drained(writer), 60)
    assert by_key(await bus.collect(written * 5)) == {str(key): list(range(written)) for key in keys}


async def lives(writer: Writer, written: int) -> bool:
    """The relay has begun its work: something is gone."""
    return await writer.waiting() < written


CONSUMER_POINTS = [
    "before the effect",
    "after the effect",
    "before the commit",
    "after the commit",
    "before the offset",
    "after the offset",
]


@pytest.mark.slow
async def test_a_consumer_killed_at_any_point_has_every_effect_once(
    writer: Writer, bus_apart: Bus, children: Children
) -> None:
    key, prefix = new_id(), bus_apart.settings.topic_prefix
    beside = key_beside(key)
    await bus_apart.say(*(numbered(one, number) for number in range(1, 6) for one in (key, beside)))
    dying = [children.start("consumer", point, prefix) for point in CONSUMER_POINTS]

    async def all_dead() -> bool:
        return all(killed(child) for child in dying)

    await until(all_dead, 120)
    for point in CONSUMER_POINTS:
        children.start("consumer", point, prefix)

    async def all_heard() -> bool:
        every = [await writer.heard(one, point) for one in (key, beside) for point in CONSUMER_POINTS]
        return every == [[1, 2, 3, 4, 5]] * len(every)

    await until(all_heard, 120)
    assert await writer.rows("SELECT 1 FROM dead_letters WHERE partnership_id = :p") == []
