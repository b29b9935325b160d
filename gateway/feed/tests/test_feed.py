"""The feed over HTTP: who sees what."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gateway.feed.handlers import store_event
from gateway.feed.tests.reading import ids, number, read
from gateway.webhooks.tests.scene import Scene, envelope_of
from shared.auth import Role
from shared.consumer import partnership_work
from shared.events.gateway import WebhookEndpointDisabled
from shared.events.matching import AllegationOpened
from shared.events.outcomes import PlanEnded
from shared.events.referral import ConcernRaised, FamilyChanged, SubjectErased
from shared.ids import new_id


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


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SOCIAL_WORKER, Role.LEAD_PRACTITIONER, Role.ANALYST])
async def test_of_an_allegation_only_the_designated_leads_and_their_system_hear(scene: Scene, role: Role) -> None:
    told = await scene.deliver(AllegationOpened(allegation=new_id(), lado_due_at=datetime.now(UTC)), [scene.la])
    await number(scene)
    for lead in (Role.LA_MANAGER, Role.OPERATIONAL_LINK, Role.PROJECT_MANAGER, Role.PARTNER_SYSTEM):
        assert ids((await scene.as_(lead).get("/v1/events")).json()) == [told]
    assert ids((await scene.as_(role).get("/v1/events")).json()) == []
