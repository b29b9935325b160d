"""What this service does with what it is told: early, late, twice, and in no order between topics."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.outcomes import handlers
from services.outcomes.tests.factories import Partnership, ago, day
from shared import timekeeper
from shared.auth import Role
from shared.consumer import Later, handle
from shared.events.referral import (
    CaseAccessChanged,
    FamilyChanged,
    FamilyRegistered,
    Grant,
    ReferralAccepted,
    ReferralConcluded,
    ReferralDeclined,
    ReferralOutcome,
    ReferralSignposted,
    ReferralWithdrawn,
)
from shared.ids import new_id
from shared.peers import Peers
from shared.testing import envelope_for


async def test_an_accepted_referral_opens_a_case_once(area: Partnership) -> None:
    family = await area.register()
    event = ReferralAccepted(
        family=family.id,
        referral=family.referral,
        children=family.children,
        accepted_on=ago(3),
        received_on=ago(4),
    )
    envelope = envelope_for(event, partnership=area.id, organisation=area.la)
    for _ in range(2):
        await handle(area.outcomes.parts, area.outcomes.handlers, envelope)
    await area.tell(event)
    assert await area.told() == ["case.opened"]


@pytest.mark.parametrize("kind", [ReferralDeclined, ReferralSignposted, ReferralWithdrawn, ReferralConcluded])
async def test_a_referral_that_is_over_closes_the_case_once(area: Partnership, kind: type[ReferralOutcome]) -> None:
    family = await area.referred()
    for _ in range(2):
        await area.tell(kind(family=family.id, referral=family.referral, reason_code="moved-away"))
    assert await area.told() == ["case.opened", "case.closed"]
    events = await area.outcomes.outbox(area.id)
    assert json.loads(events[-1][1])["reason_code"] == "moved-away"


async def test_a_referral_that_was_never_accepted_leaves_no_case_to_close(area: Partnership) -> None:
    family = await area.register()
    await area.tell(ReferralDeclined(family=family.id, referral=family.referral, reason_code="no-places"))
    assert await area.told() == []


async def test_an_acceptance_that_comes_after_the_end_completes_the_closed_case(area: Partnership) -> None:
    family = await area.register()
    await area.tell(ReferralWithdrawn(family=family.id, referral=family.referral, reason_code="moved-away"))
    await area.accept(family, 300)
    await area.stage(family.children[0], 4, 300)
    await area.stage(family.children[0], 3, 100)
    assert "case.opened" not in await area.told()
    assert (await area.figures())["moved_4_3"]["families"] == 1


async def test_an_acceptance_that_comes_before_the_family_is_kept(area: Partnership) -> None:
    family_id, child, referral = new_id(), new_id(), new_id()
    told = {"children": (child,), "accepted_on": ago(3), "received_on": ago(4)}
    await area.tell(ReferralAccepted(family=family_id, referral=referral, **told))
    await area.tell(FamilyRegistered(family=family_id, children=(child,)))
    grants = (Grant(organisation=area.la, part="la"),)
    await area.tell(CaseAccessChanged(family=family_id, revision=1, grants=grants))
    assert (await area.worker.get(f"/v1/plan-timelines/{child}")).json()["family"] == str(family_id)


async def test_a_child_that_joins_the_family_later_has_a_timeline(area: Partnership) -> None:
    family, newborn = await area.register(), new_id()
    assert (await area.worker.get(f"/v1/plan-timelines/{newborn}")).status_code == 404
    await area.tell(FamilyChanged(family=family.id, children=(*family.children, newborn)))
    assert (await area.worker.get(f"/v1/plan-timelines/{newborn}")).json()["family"] == str(family.id)


async def test_a_child_that_joins_another_family_moves_once_its_old_one_has_let_it_go(area: Partnership) -> None:
    old, new = await area.register(), await area.register()
    child = old.children[0]
    plan = (await area.plan(child, "cin", 60)).json()

    async def family_of() -> str:
        timeline = (await area.worker.get(f"/v1/plan-timelines/{child}")).json()
        assert [one["id"] for one in timeline["plans"]] == [plan["id"]]
        return str(timeline["family"])

    await area.tell(FamilyChanged(family=new.id, children=(*new.children, child)))
    assert await family_of() == str(old.id)
    await area.tell(FamilyChanged(family=old.id, children=()))
    assert await family_of() == str(new.id)
    await area.tell(FamilyChanged(family=new.id, children=new.children))
    assert await family_of() == str(new.id)
    assert (await area.move(plan, "end", ended_on=day(3))).status_code == 200


async def test_a_child_that_left_one_family_before_it_joined_another_moves_too(area: Partnership) -> None:
    old, new = await area.register(), await area.register()
    await area.tell(FamilyChanged(family=old.id, children=()))
    await area.tell(FamilyChanged(family=new.id, children=(*new.children, *old.children)))
    answer = await area.worker.get(f"/v1/plan-timelines/{old.children[0]}")
    assert answer.json()["family"] == str(new.id)


async def test_the_baseline_is_read_from_the_referral_service_and_told(area: Partnership) -> None:
    family = await area.referred()
    await area.visited(family, 40, {"a1": 3, "a2": 7})
    query = {"family": str(family.id)}
    (reading,) = (await area.worker.get("/v1/readings", params=query)).json()["items"]
    assert (reading["occasion"], reading["read_on"], reading["areas"]) == ("first", day(40), {"a1": 3, "a2": 7})
    assert reading["referral"] == str(family.referral)
    assert await area.told() == ["case.opened", "reading.recorded"]


async def test_the_baseline_waits_while_the_referral_service_is_away(area: Partnership) -> None:
    family = await area.referred()
    with pytest.raises(Later):
        await area.hear_of_visit(family, 40)
    assert await area.told() == ["case.opened"]
    await area.visited(family, 40, {"a1": 3})
    assert await area.told() == ["case.opened", "reading.recorded"]


async def test_a_process_without_peers_or_keys_waits_too(area: Partnership) -> None:
    family = await area.referred()
    area.outcomes.handlers = handlers.register()
    with pytest.raises(Later):
        await area.hear_of_visit(family, 40)
    with pytest.raises(Later):
        await area.erase("person", family.children[0])


async def test_case_access_follows_the_referral_service(area: Partnership) -> None:
    family = await area.register()
    path = f"/v1/plan-timelines/{family.children[0]}"
    assert (await area.manager.get(path)).status_code == 200
    await area.hide(family)
    assert (await area.manager.get(path)).status_code == 404
    assert (await area.as_(Role.WORKER).get(path)).status_code == 200


async def long_running(area: Partnership) -> list[int]:
    events = await area.outcomes.outbox(area.id)
    return [json.loads(data)["months"] for kind, data in events if kind == "circle.plan.long-running.v1"]


async def run_clocks(area: Partnership, days: int) -> None:
    """Let every clock run out that is due so many days from now."""
    later = datetime.now(UTC) + timedelta(days=days)
    while await timekeeper.raise_one(area.outcomes.parts, area.outcomes.handlers, later):
        pass


async def test_a_plan_that_runs_long_is_told_once_at_each_mark(area: Partnership) -> None:
    child = (await area.register()).children[0]
    await area.plan(child, "cp", 0)
    await run_clocks(area, 364)
    assert await long_running(area) == []
    await run_clocks(area, 367)
    await run_clocks(area, 367)
    assert await long_running(area) == [12]
    await run_clocks(area, 3 * 366)
    assert await long_running(area) == [12, 15, 18, 21, 24]


async def test_of_marks_that_passed_before_a_plan_was_recorded_only_the_last_is_told(area: Partnership) -> None:
    child = (await area.register()).children[0]
    await area.plan(child, "cp", 500)
    assert await long_running(area) == [15]
    await run_clocks(area, 3 * 366)
    assert await long_running(area) == [15, 18, 21, 24]


async def test_a_plan_that_ended_runs_no_longer_and_other_plans_have_no_marks(area: Partnership) -> None:
    family = await area.register(2)
    plan = (await area.plan(family.children[0], "cp", 30)).json()
    await area.move(plan, "step-down", on=day(10), type="cin")
    await area.plan(family.children[1], "cin", 30)
    await run_clocks(area, 3 * 366)
    assert await long_running(area) == []


async def test_two_children_of_one_family_changed_at_once_are_both_counted(area: Partnership) -> None:
    family = await area.referred(4)
    await asyncio.gather(*(area.stage(child, 4, 350) for child in family.children))
    await asyncio.gather(*(area.stage(child, 3, 100) for child in family.children))
    figures = await area.figures()
    assert (figures["moved_4_3"]["families"], figures["moved_4_3"]["children"]) == (1, 4)
    assert figures["still_supported"]["families"] == 0


async def test_many_families_changed_at_once_add_up(area: Partnership) -> None:
    families = [await area.referred(1) for _ in range(6)]
    await asyncio.gather(*(area.stage(family.children[0], 4, 350) for family in families))
    await asyncio.gather(*(area.stage(family.children[0], 3, 100) for family in families))
    assert (await area.figures())["moved_4_3"]["families"] == 6


class Recorded(Peers):
    """Keeps what it was asked for instead of asking."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, UUID]] = []

    async def get(self, service: str, path: str, partnership: UUID) -> Any:
        self.asked.append((service, path, partnership))
        return {}


async def test_the_visit_is_read_at_the_referral_service_for_the_partnership() -> None:
    peers, referral, partnership = Recorded(), new_id(), new_id()
    await handlers.ReferralCases(peers).assessment_visit(referral, partnership)
    assert peers.asked == [("referral", f"/v1/referrals/{referral}/assessment-visit", partnership)]
