"""A long feed: each reader walks only what it was told, and passes the rest at once."""

import random
from uuid import UUID

from sqlalchemy import text

from gateway.feed.repository import WINDOW
from gateway.feed.tests.reading import ids, number, read
from gateway.webhooks.tests.scene import Scene
from shared.consumer import partnership_work
from shared.ids import new_id


async def pass_by(scene: Scene, many: int) -> None:
    """So many numbers go to somebody else."""
    parts = scene.running.parts
    async with parts.worker.transaction(partnership_work(parts, scene.partnership, "test")) as session:
        await session.execute(text("UPDATE feed_counters SET last = last + :many"), {"many": many})


async def test_whoever_is_told_little_reads_on_from_one_event_to_the_next(scene: Scene) -> None:
    await scene.grant(la=scene.la, scheme=scene.scheme)
    told = []
    for _ in range(3):
        told.append(await scene.triaged(scene.la))
        await number(scene)
        await pass_by(scene, 3 * WINDOW)
    pages, cursor = [], ""
    for _ in told:
        page = await read(scene, after=cursor)
        pages.append((ids(page), page["more"]))
        cursor = page["next"]
    assert pages == [([told[0]], True), ([told[1]], True), ([told[2]], False)]
    page = await read(scene, scene.scheme)
    assert (page["items"], page["more"]) == ([], False)


async def test_every_reader_gets_exactly_what_it_was_told_in_order(scene: Scene) -> None:
    chance = random.Random(14)
    await scene.grant(la=scene.la, scheme=scene.scheme)
    told: dict[UUID, list[UUID]] = {scene.la: [], scene.scheme: []}
    for count in range(40):
        audience = [one for one in told if chance.random() < 0.5] or [scene.la]
        event = await scene.triaged(*audience)
        for one in audience:
            told[one].append(event)
        if count % 7 == 0:
            await number(scene)
    await number(scene)
    for organisation, events in [*told.items(), (new_id(), [])]:
        seen, cursor, more = list[UUID](), "", True
        while more:
            page = await read(scene, organisation, after=cursor, limit=3)
            seen, cursor, more = [*seen, *ids(page)], page["next"], page["more"]
        assert seen == events
