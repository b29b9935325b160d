"""The order of the feed: cursors, waiting, and that nothing is ever skipped."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from gateway.feed import numbering
from gateway.feed.handlers import store_event
from gateway.feed.tests.reading import Follower, ids, number, read
from gateway.webhooks.tests.scene import Scene, envelope_of
from shared.consumer import partnership_work
from shared.events.referral import ReferralTriaged
from shared.ids import new_id
from shared.kafka import Envelope


async def test_a_cursor_goes_on_where_the_last_page_ended(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    told = [await scene.triaged() for _ in range(5)]
    await number(scene)
    first = await read(scene, limit=2)
    assert ids(first) == told[:2]
    assert first["more"] is True
    rest = await read(scene, limit=10, after=first["next"])
    assert ids(rest) == told[2:]
    assert rest["more"] is False
    assert ids(await read(scene, after=rest["next"])) == []
    later = await scene.triaged()
    await number(scene)
    assert ids(await read(scene, after=rest["next"])) == [later]


async def test_latest_starts_at_the_end(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    await scene.triaged()
    await number(scene)
    page = await read(scene, after="latest")
    assert page["items"] == []
    event = await scene.triaged()
    await number(scene)
    assert ids(await read(scene, after=page["next"])) == [event]


async def test_types_filter_exactly_and_by_wildcard(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    triaged, concern = await scene.triaged(), await scene.concern()
    await number(scene)
    assert ids(await read(scene, types="circle.referral.*")) == [triaged]
    assert ids(await read(scene, types="circle.concern.raised.v1")) == [concern]
    assert ids(await read(scene, types=["circle.concern.*", "circle.referral.triaged.v1"])) == [triaged, concern]
    assert ids(await read(scene, types="circle.referral")) == []


async def test_cursors_that_were_changed_made_up_or_given_to_another_are_refused(scene: Scene) -> None:
    cursor = (await read(scene))["next"]
    changed = cursor[:-3] + ("AAA" if not cursor.endswith("AAA") else "BBB")
    for bad in (changed, "1", "AAAA", "!!!!", "é", cursor + "A", "=" * 8):
        answer = await scene.system().get("/v1/events", params={"after": bad})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-cursor"), bad
    other = await scene.system(scene.scheme).get("/v1/events", params={"after": cursor})
    assert other.status_code == 422
    assert bad not in other.text


async def test_cursors_tell_nothing_about_how_much_happened(scene: Scene) -> None:
    first = (await read(scene))["next"]
    again = (await read(scene))["next"]
    await scene.triaged(scene.scheme)
    await number(scene)
    moved = (await read(scene))["next"]
    assert len({first, again, moved}) == 3
    assert len(first) == len(moved)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"wait": 21},
        {"wait": -1},
        {"types": "a\x00"},
        {"types": "circle.%"},
        {"limit": "x"},
    ],
)
async def test_bad_queries_are_refused(scene: Scene, query: dict[str, Any]) -> None:
    answer = await scene.system().get("/v1/events", params=query)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation")


async def test_waiting_answers_as_soon_as_something_comes_and_holds_no_connection(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    engine = scene.running.parts.app.engine
    waiting = [asyncio.create_task(read(scene, wait=20)) for _ in range(2 * engine.pool.size())]  # type: ignore[attr-defined]  # this pool has a size
    await asyncio.sleep(0.2)
    assert ids(await read(scene)) == []
    event = await scene.triaged()
    started = asyncio.get_running_loop().time()
    await number(scene)
    pages = await asyncio.gather(*waiting)
    assert all(ids(page) == [event] for page in pages)
    assert asyncio.get_running_loop().time() - started < 10  # far from the 20 asked for


async def test_waiting_ends_with_an_empty_page(scene: Scene) -> None:
    page = await read(scene, wait=1)
    assert page["items"] == []
    assert page["next"]


async def store_late(scene: Scene, told: list[Envelope], turn: asyncio.Semaphore, position: int) -> None:
    """Stored in their order, committed in quite another; every fifth is given up."""
    parts = scene.running.parts
    async with turn, parts.worker.open(partnership_work(parts, scene.partnership, "test")) as session:
        await store_event(session, told[position])
        await asyncio.sleep((position * 7 % 10) / 40)
        if position % 5 != 4:
            await parts.worker.commit(session)


async def test_a_late_commit_is_never_skipped_and_numbers_have_no_gap(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    parts, follower, turn = scene.running.parts, Follower(scene), asyncio.Semaphore(6)
    told = [
        envelope_of(ReferralTriaged(family=scene.family, referral=new_id()), scene.partnership, [scene.la])
        for _ in range(40)
    ]
    storing = asyncio.gather(*(store_late(scene, told, turn, position) for position in range(len(told))))
    while not storing.done():
        await asyncio.gather(numbering.number_waiting(parts), numbering.number_waiting(parts))
        await follower.read_on()
    await storing
    await number(scene)
    await follower.read_on()
    committed = {one.id for position, one in enumerate(told) if position % 5 != 4}
    assert len(follower.seen) == len(set(follower.seen))
    assert set(follower.seen) == committed
    numbers = await scene.rows("SELECT number FROM feed WHERE partnership_id = circle_partnership() ORDER BY number")
    assert [row.number for row in numbers] == list(range(1, len(committed) + 1))


async def test_an_event_that_comes_before_its_grant_waits_for_its_number_and_keeps_its_order(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    early = await scene.triaged(scene.la, scene.partner)
    following = await scene.triaged(scene.la)
    await number(scene)
    assert ids(await read(scene)) == []
    await scene.grant(la=scene.la, partner=scene.partner)
    await number(scene)
    assert ids(await read(scene)) == [early, following]
    assert ids(await read(scene, scene.partner)) == [early]


async def test_a_grant_that_never_comes_is_not_waited_for_forever(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    event = await scene.triaged(scene.la, scene.partner)
    await number(scene, later=timedelta(seconds=11))
    assert ids(await read(scene)) == [event]
    assert ids(await read(scene, scene.partner)) == []
