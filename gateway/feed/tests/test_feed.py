"""The feed over HTTP: who sees what, cursors, waiting, and that nothing is ever skipped."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.feed import numbering
from gateway.feed.handlers import store_event
from gateway.webhooks.tests.scene import Scene, envelope_of
from shared.auth import Role
from shared.consumer import partnership_work
from shared.events.gateway import WebhookEndpointDisabled
from shared.events.outcomes import PlanEnded
from shared.events.referral import ConcernRaised, FamilyChanged, ReferralTriaged, SubjectErased
from shared.ids import new_id


async def number(scene: Scene, later: timedelta = timedelta(0)) -> None:
    while await numbering.number_waiting(scene.running.parts, datetime.now(UTC) + later):
        pass


async def read(scene: Scene, organisation: UUID | None = None, **query: Any) -> dict[str, Any]:
    answer = await scene.system(organisation).get("/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def ids(page: dict[str, Any]) -> list[UUID]:
    return [UUID(one["id"]) for one in page["items"]]


async def test_an_event_is_shown_to_its_audience_without_what_is_only_ours(scene: Scene) -> None:
    await scene.grant(la=scene.la, scheme=scene.scheme)
    event = await scene.triaged(scene.la)
    await number(scene)
    page = await read(scene)
    assert ids(page) == [event]
    shown = page["items"][0]
    assert shown["type"] == "circle.referral.triaged.v1"
    assert shown["specversion"] == "1.0"
    assert shown["data"]["family"] == str(scene.family)
    assert shown["data"]["detail"].startswith("/v1/referrals/")
    assert "audience" not in str(shown)
    assert "organisation" not in str(shown)
    assert (await read(scene, scene.scheme))["items"] == []


async def test_an_event_is_hidden_once_access_to_the_case_is_gone_and_shown_again_when_it_is_back(scene: Scene) -> None:
    await scene.grant(la=scene.la, partner=scene.partner)
    event = await scene.triaged(scene.la, scene.partner)
    await number(scene)
    assert ids(await read(scene, scene.partner)) == [event]
    await scene.grant(la=scene.la)
    assert ids(await read(scene, scene.partner)) == []
    assert ids(await read(scene, scene.la)) == [event]
    await scene.grant(la=scene.la, partner=scene.partner)
    assert ids(await read(scene, scene.partner)) == [event]


async def test_access_in_another_part_does_not_show_what_is_for_the_authority_only(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    event = await scene.concern(scene.la)
    await number(scene)
    assert ids(await read(scene)) == [event]
    await scene.grant(partner=scene.la)
    assert ids(await read(scene)) == []


async def test_another_partnership_sees_nothing(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    await scene.triaged(scene.la)
    await number(scene)
    stranger = scene.running.as_(Role.PARTNER_SYSTEM, partnership=new_id(), organisation=scene.la)
    assert (await stranger.get("/v1/events")).json()["items"] == []


async def test_row_security_alone_hides_other_organisations_and_partnerships(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    await scene.triaged(scene.la)
    parts = scene.running.parts
    for partnership, organisation, expected in (
        (scene.partnership, scene.la, 1),
        (scene.partnership, scene.partner, 0),
        (new_id(), scene.la, 0),
    ):
        work = partnership_work(parts, partnership, "test")
        work.organisation, work.scope = organisation, "organisation"
        async with parts.app.open(work) as session:
            assert (await session.execute(text("SELECT count(*) FROM feed"))).scalar_one() == expected


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.ADVOCATE, Role.INTAKE, Role.WORKER])
async def test_who_is_not_staff_may_not_read_the_feed(scene: Scene, role: Role) -> None:
    answer = await scene.as_(role, person=new_id()).get("/v1/events")
    assert answer.status_code == 403


async def test_nobody_reads_the_feed_without_a_token(scene: Scene) -> None:
    assert (await scene.running.anonymous().get("/v1/events")).status_code == 401


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ANALYST, Role.TRAINER, Role.AUDITOR, Role.DPO, Role.VCS_MEMBER])
async def test_plans_and_concerns_are_shown_only_to_roles_that_work_on_cases(scene: Scene, role: Role) -> None:
    await scene.grant(la=scene.la)
    concern = await scene.concern()
    plan = PlanEnded(
        family=scene.family, child=new_id(), plan=new_id(), plan_type="cp", ended_on=datetime.now(UTC).date()
    )
    ended = await scene.deliver(plan, [scene.la])
    triaged = await scene.triaged()
    await number(scene)
    seen = ids((await scene.as_(role).get("/v1/events")).json())
    assert seen == [triaged]
    assert ids((await scene.as_(Role.SOCIAL_WORKER).get("/v1/events")).json()) == [concern, ended, triaged]


async def test_the_platforms_own_housekeeping_is_never_shown(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    await scene.deliver(SubjectErased(family=scene.family, subject_kind="person", subject=new_id()), [scene.la])
    await number(scene)
    assert (await read(scene))["items"] == []


async def test_events_without_a_case_go_to_their_audience(scene: Scene) -> None:
    event = await scene.deliver(WebhookEndpointDisabled(webhook_endpoint=new_id()), [scene.la])
    await number(scene)
    assert ids(await read(scene)) == [event]
    assert ids(await read(scene, scene.scheme)) == []


async def test_a_concern_that_names_no_family_goes_to_its_audience(scene: Scene) -> None:
    concern = new_id()
    told = ConcernRaised(family=concern, concern=concern, raised_at=datetime.now(UTC))
    event = await scene.deliver(told, [scene.la])
    await number(scene)
    assert ids(await read(scene)) == [event]
    assert ids(await read(scene, scene.scheme)) == []


async def test_the_same_event_twice_is_one_row(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    envelope = envelope_of(FamilyChanged(family=scene.family), scene.partnership, [scene.la])
    parts = scene.running.parts
    for _ in range(2):
        async with parts.worker.transaction(partnership_work(parts, scene.partnership, "test")) as session:
            await store_event(session, envelope)
    await number(scene)
    assert ids(await read(scene)) == [envelope.id]


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
    assert ids(await read(scene, types="circle.referral._riaged.v1")) == []
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


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"wait": 21}, {"wait": -1}, {"limit": "x"}])
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
    assert asyncio.get_running_loop().time() - started < 5


async def test_waiting_ends_with_an_empty_page(scene: Scene) -> None:
    page = await read(scene, wait=1)
    assert page["items"] == []
    assert page["next"]


async def test_reading_a_familys_events_is_audited_and_an_empty_page_is_not(scene: Scene) -> None:
    await read(scene)
    await scene.grant(la=scene.la)
    await scene.triaged()
    await number(scene)
    await read(scene)
    entries = await scene.rows("SELECT entry FROM audit_log WHERE partnership_id = circle_partnership()")
    views = [row.entry for row in entries if "GET /v1/events" in row.entry]
    assert len(views) == 1
    assert str(scene.family) in views[0]


async def test_a_late_commit_is_never_skipped_and_numbers_have_no_gap(scene: Scene) -> None:
    await scene.grant(la=scene.la)
    parts = scene.running.parts
    seen: list[UUID] = []
    cursor = ""
    told = [
        envelope_of(ReferralTriaged(family=scene.family, referral=new_id()), scene.partnership, [scene.la])
        for _ in range(40)
    ]

    async def store(position: int) -> None:
        # Stored in this order, committed in quite another; some are given up.
        async with parts.worker.open(partnership_work(parts, scene.partnership, "test")) as session:
            await store_event(session, told[position])
            await asyncio.sleep((position * 7 % 10) / 40)
            if position % 5 != 4:
                await parts.worker.commit(session)

    async def follow() -> None:
        nonlocal cursor
        page = await read(scene, after=cursor) if cursor else await read(scene)
        seen.extend(ids(page))
        cursor = page["next"]

    limit = asyncio.Semaphore(6)

    async def limited(position: int) -> None:
        async with limit:
            await store(position)

    storing = asyncio.gather(*(limited(position) for position in range(len(told))))
    while not storing.done():
        await asyncio.gather(numbering.number_waiting(parts), numbering.number_waiting(parts))
        await follow()
    await storing
    await number(scene)
    await follow()
    committed = {one.id for position, one in enumerate(told) if position % 5 != 4}
    assert len(seen) == len(set(seen))
    assert set(seen) == committed
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
