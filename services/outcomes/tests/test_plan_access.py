"""Who may read and record timelines; everybody else sees one and the same refusal."""

import json

import pytest

from services.outcomes.tests.factories import Partnership, day, plan_body
from shared.auth import Role
from shared.ids import new_id

READERS = {
    Role.LEAD_PRACTITIONER,
    Role.SOCIAL_WORKER,
    Role.LA_MANAGER,
    Role.PARTNER_SYSTEM,
    Role.PROJECT_MANAGER,
    Role.COORDINATOR,
    Role.OPERATIONAL_LINK,
    Role.WORKER,
}
RECORDERS = {Role.LEAD_PRACTITIONER, Role.SOCIAL_WORKER, Role.LA_MANAGER, Role.PARTNER_SYSTEM}


@pytest.mark.parametrize("role", [role for role in Role if role not in READERS])
async def test_no_other_role_reads_a_timeline(area: Partnership, role: Role) -> None:
    answer = await area.as_(role).get(f"/v1/plan-timelines/{new_id()}")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


@pytest.mark.parametrize("role", [role for role in Role if role not in RECORDERS])
async def test_no_other_role_records_plans_or_stages(area: Partnership, role: Role) -> None:
    child, plan, episode = new_id(), new_id(), new_id()
    caller, base = area.as_(role), f"/v1/plan-timelines/{child}"
    for path in (
        f"{base}/plans",
        f"{base}/plans/{plan}/step-down",
        f"{base}/plans/{plan}/step-up",
        f"{base}/plans/{plan}/end",
        f"{base}/plans/{plan}/category",
        f"{base}/plans/{plan}/reviews",
        f"{base}/episodes",
        f"{base}/episodes/{episode}/close",
        f"{base}/death",
        "/v1/stages",
    ):
        assert (await caller.post(path, {}, match=1)).status_code == 403, path


async def test_nobody_gets_in_without_a_token(area: Partnership) -> None:
    assert (await area.outcomes.anonymous().get(f"/v1/plan-timelines/{new_id()}")).status_code == 401


async def test_another_organisations_child_and_no_child_are_the_same_404(area: Partnership) -> None:
    child = (await area.register()).children[0]
    outsider = area.as_(Role.SOCIAL_WORKER, organisation=area.stranger)
    elsewhere = Partnership(area.outcomes, area.visits).as_(Role.SOCIAL_WORKER, organisation=area.la)
    answers = []
    for caller, wanted in ((outsider, child), (elsewhere, child), (outsider, new_id())):
        for answer in (
            await caller.get(f"/v1/plan-timelines/{wanted}"),
            await caller.post(f"/v1/plan-timelines/{wanted}/plans", plan_body("cin", 20)),
            await caller.post("/v1/stages", {"child": str(wanted), "level": 3, "from_date": day(20)}),
        ):
            same = {name: value for name, value in answer.json().items() if name not in {"instance", "request_id"}}
            answers.append((answer.status_code, answer.headers.get("retry-after"), json.dumps(same)))
    assert len(set(answers)) == 1
    assert (answers[0][0], answers[0][1]) == (404, "1")


async def test_a_plan_of_another_child_is_not_moved_under_this_one(area: Partnership) -> None:
    family = await area.register(2)
    plan = (await area.plan(family.children[0], "cin", 100)).json()
    moved = await area.move(plan | {"child": str(family.children[1])}, "end", ended_on=day(20))
    assert moved.status_code == 404
