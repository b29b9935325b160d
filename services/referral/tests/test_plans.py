"""Involvement plans over HTTP: what may be drafted, and what is read again."""

from typing import Any

import pytest

from services.referral.tests.factories import Partnership, child, parent, problem
from shared.events.outcomes import PlanEnded, PlanStarted, PlanSteppedDown
from shared.ids import new_id


async def test_what_was_drafted_is_read_again_with_its_signatories(here: Partnership) -> None:
    case = await here.accepted()
    plan = await here.plan(case)
    shown = (await here.social_worker.get(f"/v1/involvement-plans/{plan}")).json()
    assert shown["limits"] == "No personal care, no lifts by car."
    assert shown["tasks"][0]["description"] == "Get Noor ready for school."
    assert shown["tasks"][0]["open"] is True
    assert (shown["family_input"], shown["childs_view"]) == ("We would like help in the mornings.", "I like to paint.")
    assert [(one["role"], one["state"]) for one in shown["signatories"]] == [
        ("lead_practitioner", "waiting"),
        ("project_manager", "waiting"),
        ("parent", "waiting"),
    ]
    assert await here.told("involvement-plan.drafted")


async def test_a_plan_is_not_drafted_before_the_acceptance(here: Partnership) -> None:
    case = await here.triaged()
    action = await here.child_plan(case)
    refused = await here.coordinator.post(f"{case.path}/involvement-plans", here.plan_body(case, action))
    assert (refused.status_code, problem(refused.json())) == (409, "illegal-move")


async def test_a_task_waits_for_the_childs_plan_to_be_known(here: Partnership) -> None:
    case = await here.accepted()
    refused = await here.coordinator.post(f"{case.path}/involvement-plans", here.plan_body(case, new_id()))
    assert refused.status_code == 409
    assert refused.json()["waiting_for"] == ["circle.plan.started.v1"]
    assert refused.headers["retry-after"] == "1"


async def test_a_task_names_an_action_of_the_childs_open_plan(here: Partnership) -> None:
    case = await here.accepted(await here.family(persons=[parent(), child(), child(given_name="Sami")]))
    path = f"{case.path}/involvement-plans"
    action = await here.child_plan(case)
    siblings = await here.child_plan(case, case.family.children[1])
    for wrong in (new_id(), siblings):
        refused = await here.coordinator.post(path, here.plan_body(case, wrong))
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/tasks/0/action"
    body = here.plan_body(case, action)
    body["tasks"][0]["child"] = str(case.family.parent)
    refused = await here.coordinator.post(path, body)
    assert refused.json()["errors"][0]["pointer"] == "/tasks/0/child"


@pytest.mark.parametrize("start_comes_first", [True, False])
async def test_an_ended_plan_has_no_open_actions_in_whatever_order_it_is_heard(
    here: Partnership, start_comes_first: bool
) -> None:
    case = await here.accepted()
    action, plan = new_id(), new_id()
    about = {"family": case.family.id, "child": case.child, "plan": plan, "plan_type": "cp"}
    events = [
        PlanStarted(**about, started_on="2026-01-05", actions=(action,)),
        PlanEnded(**about, ended_on="2026-03-01"),
    ]
    for event in events if start_comes_first else reversed(events):
        await here.tell(event)
    refused = await here.coordinator.post(f"{case.path}/involvement-plans", here.plan_body(case, action))
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("signatories", "pointer"),
    [
        (["lead", "manager"], "/signatories"),
        (["lead", "manager", "stranger-as-parent"], "/signatories/2/person"),
        (["lead", "manager", "child-as-parent"], "/signatories/2/person"),
        (["parent-as-lead", "manager", "parent"], "/signatories"),
    ],
)
async def test_the_signatories_are_the_right_people(here: Partnership, signatories: list[str], pointer: str) -> None:
    case = await here.accepted()
    action = await here.child_plan(case)
    people = {
        "lead": {"role": "lead_practitioner", "person": str(here.lead)},
        "manager": {"role": "project_manager", "person": str(here.manager)},
        "parent": {"role": "parent", "person": str(case.family.parent)},
        "stranger-as-parent": {"role": "parent", "person": str(new_id())},
        "child-as-parent": {"role": "parent", "person": str(case.child)},
        "parent-as-lead": {"role": "lead_practitioner", "person": str(case.family.parent)},
    }
    body = here.plan_body(case, action, signatories=[people[one] for one in signatories])
    refused = await here.coordinator.post(f"{case.path}/involvement-plans", body)
    assert refused.status_code == 422, refused.text
    found = refused.json()["errors"][0]["pointer"]
    assert found.startswith(pointer) or found == ""


async def test_after_a_step_down_only_that_childs_tasks_are_redrafted(here: Partnership) -> None:
    case = await here.accepted(await here.family(persons=[parent(), child(), child(given_name="Sami")]))
    noor, sami = case.family.children
    plan_id, mine, new_action = new_id(), new_id(), new_id()
    about = {"family": case.family.id, "child": noor, "plan": plan_id, "plan_type": "cp"}
    await here.tell(PlanStarted(**about, started_on="2026-01-05", actions=(mine,)))
    siblings = await here.child_plan(case, sami)
    tasks = [
        {"child": str(noor), "action": str(mine), "description": "Breakfast"},
        {"child": str(sami), "action": str(siblings), "description": "Reading"},
    ]
    path = f"{case.path}/involvement-plans"
    first = await here.coordinator.post(path, here.plan_body(case, mine, tasks=tasks))
    await here.tell(
        PlanSteppedDown(**about, new_plan=new_id(), new_plan_type="cin", stepped_on="2026-06-01", actions=(new_action,))
    )
    shown = (await here.coordinator.get(f"/v1/involvement-plans/{first.json()['id']}")).json()
    assert [(one["description"], one["open"]) for one in shown["tasks"]] == [("Breakfast", False), ("Reading", True)]
    redrafted = [{"child": str(noor), "action": str(new_action), "description": "Walk to school"}]
    second = await here.coordinator.post(path, here.plan_body(case, mine, tasks=redrafted, carry_over=True))
    assert second.status_code == 201, second.text
    shown = (await here.coordinator.get(f"/v1/involvement-plans/{second.json()['id']}")).json()
    assert [(one["description"], one["open"]) for one in shown["tasks"]] == [
        ("Walk to school", True),
        ("Reading", True),
    ]
    lost = await here.coordinator.post(path, here.plan_body(case, mine))
    assert lost.status_code == 422


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"visits_a_week": 0}, "/visits_a_week"),
        ({"visits_a_week": "2"}, "/visits_a_week"),
        ({"length_weeks": 500}, "/length_weeks"),
        ({"review_on": "soon"}, "/review_on"),
        ({"tasks": []}, ""),
        ({"limits": ""}, "/limits"),
    ],
)
async def test_a_malformed_plan_is_refused(here: Partnership, change: dict[str, Any], pointer: str) -> None:
    case = await here.submitted()
    answer = await here.coordinator.post(f"{case.path}/involvement-plans", here.plan_body(case, new_id(), **change))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
