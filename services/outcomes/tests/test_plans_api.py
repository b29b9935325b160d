"""Plan timelines over HTTP: starts, steps, ends, episodes, death; and each refusal."""

import json
from typing import Any

import pytest

from services.outcomes.tests.factories import Partnership, cp, day, plan_body
from shared.ids import new_id


async def events(area: Partnership, kind: str) -> list[dict[str, Any]]:
    """Bodies of the waiting events of that noun and verb."""
    return [json.loads(data) for name, data in await area.outcomes.outbox(area.id) if name == f"circle.{kind}.v1"]


async def test_a_plan_keeps_needs_and_actions_and_gives_them_ids(area: Partnership) -> None:
    child = (await area.register()).children[0]
    mine = str(new_id())
    body = plan_body("cp", 60) | {
        "needs": [{"id": mine, "code": "home", "text": "a warm and dry home"}, {"code": "school"}],
        "actions": [{"need": mine, "code": "visit", "text": "a visit each week"}, {"code": "school-run"}],
    }
    started = await area.worker.post(f"/v1/plan-timelines/{child}/plans", body)
    assert started.status_code == 201, started.text
    plan = started.json()
    assert [need["id"] == mine for need in plan["needs"]] in ([True, False], [False, True])
    by_code = {action["code"]: action for action in plan["actions"]}
    assert (by_code["visit"]["need"], by_code["visit"]["text"]) == (mine, "a visit each week")
    assert by_code["school-run"]["text"] is None
    event = (await events(area, "plan.started"))[0]
    assert set(event["actions"]) == {action["id"] for action in plan["actions"]}
    assert (event["plan"], event["plan_type"], event["child"]) == (plan["id"], "cp", str(child))
    timeline = (await area.manager.get(f"/v1/plan-timelines/{child}")).json()
    assert timeline["plans"] == [plan]


async def test_texts_are_sealed_and_are_gone_with_the_childs_key(area: Partnership) -> None:
    child = (await area.register()).children[0]
    await area.plan(child, "cin", 60, needs=[{"code": "home", "text": "a warm and dry home"}])
    async with area.outcomes.parts.worker.engine.begin() as connection:
        await connection.exec_driver_sql("SELECT set_config('circle.partnership', $1, true)", (str(area.id),))
        rows = await connection.exec_driver_sql("SELECT text FROM plan_needs WHERE text IS NOT NULL")
        assert all(b"warm" not in bytes(row[0]) for row in rows)
    await area.erase("person", child)
    timeline = (await area.worker.get(f"/v1/plan-timelines/{child}")).json()
    assert [(need["code"], need["text"]) for need in timeline["plans"][0]["needs"]] == [("home", None)]
    refused = await area.plan(child, "early_help", 60, needs=[{"code": "home", "text": "again"}])
    assert refused.status_code == 404


async def test_a_step_down_hands_over_on_one_day_and_tells_both_plans(area: Partnership) -> None:
    child = (await area.register()).children[0]
    plan = (await area.plan(child, "cp", 100)).json()
    stepped = await area.move(plan, "step-down", on=day(20), type="cin", actions=[{"code": "visit"}])
    assert stepped.status_code == 200, stepped.text
    ended, started = stepped.json()["ended"], stepped.json()["started"]
    assert (ended["status"], ended["ended_on"], ended["followed_by"]) == ("stepped_down", day(20), started["id"])
    assert (started["status"], started["type"], started["started_on"]) == ("open", "cin", day(20))
    assert stepped.headers["etag"] == f'"{ended["version"]}"'
    event = (await events(area, "plan.stepped-down"))[0]
    assert (event["plan"], event["new_plan"], event["new_plan_type"]) == (plan["id"], started["id"], "cin")
    assert event["actions"] == [started["actions"][0]["id"]]
    assert await area.told() == ["plan.started", "plan.stepped-down"]


async def test_a_step_up_to_child_protection_registers_again_and_keeps_the_months_between(area: Partnership) -> None:
    child = (await area.register()).children[0]
    plan = (await area.plan(child, "cp", 300)).json()
    down = (await area.move(plan, "step-down", on=day(200), type="cin")).json()["started"]
    up = await area.move(down, "step-up", on=day(10), type="cp", **cp(10, "EMO"))
    assert up.status_code == 200, up.text
    assert up.json()["started"]["months_since_last_cp"] == 6
    assert await area.told() == ["plan.started", "plan.stepped-down", "plan.stepped-up", "plan.reregistered"]


@pytest.mark.parametrize(
    ("kind", "verb", "wanted"),
    [("cin", "step-down", "cp"), ("cin", "step-down", "cin"), ("cp", "step-up", "cin"), ("cin", "step-up", "cin")],
)
async def test_a_step_the_wrong_way_is_no_step(area: Partnership, kind: str, verb: str, wanted: str) -> None:
    child = (await area.register()).children[0]
    plan = (await area.plan(child, kind, 100)).json()
    more = cp(20) if wanted == "cp" else {}
    refused = await area.move(plan, verb, on=day(20), type=wanted, **more)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/illegal-move")
    assert (refused.json()["from"], refused.json()["to"]) == (kind, wanted)


async def test_an_ended_plan_moves_no_more(area: Partnership) -> None:
    child = (await area.register()).children[0]
    plan = (await area.plan(child, "cp", 100)).json()
    ended = await area.move(plan, "end", ended_on=day(20))
    assert (ended.status_code, ended.json()["status"]) == (200, "ended")
    for verb, body in (
        ("end", {"ended_on": day(10)}),
        ("step-down", {"on": day(10), "type": "cin"}),
        ("step-up", {"on": day(10), "type": "looked_after"}),
        ("category", {"category": "EMO", "changed_on": day(10)}),
    ):
        refused = await area.move(ended.json(), verb, **body)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/illegal-move"), verb
    assert await area.told() == ["plan.started", "plan.ended"]


async def test_a_move_needs_the_version_that_was_read(area: Partnership) -> None:
    child = (await area.register()).children[0]
    plan = (await area.plan(child, "cp", 100)).json()
    path = f"/v1/plan-timelines/{child}/plans/{plan['id']}/end"
    assert (await area.worker.post(path, {"ended_on": day(20)})).status_code == 428
    assert (await area.worker.post(path, {"ended_on": day(20)}, match=plan["version"] + 1)).status_code == 412
    assert (await area.worker.post(path, {"ended_on": day(20)}, match=plan["version"])).status_code == 200


async def test_an_invariant_is_refused_by_pointer_with_the_code_set(area: Partnership) -> None:
    child = (await area.register()).children[0]
    refused = await area.plan(child, "cp", 100, conference_on=day(101))
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "/problems/plan-invariant")
    assert problem["errors"] == [
        {
            "pointer": "/conference_on",
            "code": "cp-conference-date",
            "severity": "error",
            "message": "a child protection plan starts on its conference's day",
        }
    ]
    assert problem["code_set"].startswith("cin-census-")
    assert await area.told() == []
    plan = (await area.plan(child, "cp", 100)).json()
    same_day = await area.move(plan, "end", ended_on=day(100))
    assert (same_day.status_code, same_day.json()["errors"][0]["code"]) == (422, "cp-same-day")


async def test_a_query_is_accepted_only_with_a_reason_which_is_kept(area: Partnership) -> None:
    child = (await area.register()).children[0]
    plan = (await area.plan(child, "cin", 100)).json()
    await area.move(plan, "end", ended_on=day(50))
    refused = await area.plan(child, "cin", 50)
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "/problems/plan-query")
    assert (problem["errors"][0]["code"], problem["errors"][0]["severity"]) == ("same-type-same-day", "query")
    wrong = [{"code": "after-closure", "reason": "not this"}]
    assert (await area.plan(child, "cin", 50, queries_accepted=wrong)).status_code == 409
    right = [{"code": "same-type-same-day", "reason": "a new worker began a new plan"}]
    accepted = await area.plan(child, "cin", 50, queries_accepted=right)
    assert accepted.status_code == 201, accepted.text
    kept = (await area.worker.get(f"/v1/plan-timelines/{child}")).json()["queries"]
    assert [(q["subject"], q["code"], q["reason"]) for q in kept] == [
        (accepted.json()["id"], "same-type-same-day", "a new worker began a new plan")
    ]


async def test_an_action_answers_a_need_of_the_same_body_and_no_id_comes_twice(area: Partnership) -> None:
    child = (await area.register()).children[0]
    refused = await area.plan(child, "cin", 50, actions=[{"code": "visit", "need": str(new_id())}])
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/actions/0/need")
    twice = str(new_id())
    refused = await area.plan(child, "cin", 50, needs=[{"id": twice, "code": "a"}, {"id": twice, "code": "b"}])
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "repeated-id")


async def test_a_looked_after_plan_says_at_its_end_whether_the_child_came_home(area: Partnership) -> None:
    family = await area.register(2)
    care = (await area.plan(family.children[0], "looked_after", 100)).json()
    assert (await area.move(care, "end", ended_on=day(20))).status_code == 422
    ended = await area.move(care, "end", ended_on=day(20), returned_home=False)
    assert ended.json()["returned_home"] is False
    other = (await area.plan(family.children[1], "cin", 100)).json()
    assert (await area.move(other, "end", ended_on=day(20), returned_home=True)).status_code == 422


async def test_the_category_changes_and_the_initial_one_stays(area: Partnership) -> None:
    family = await area.register(2)
    plan = (await area.plan(family.children[0], "cp", 100)).json()
    changed = await area.move(plan, "category", category="EMO", changed_on=day(20))
    assert (changed.json()["category_initial"], changed.json()["category_latest"]) == ("NEG", "EMO")
    too_early = await area.move(changed.json(), "category", category="PHY", changed_on=day(101))
    assert (too_early.status_code, too_early.json()["errors"][0]["code"]) == (422, "before-plan")
    cin = (await area.plan(family.children[1], "cin", 100)).json()
    refused = await area.move(cin, "category", category="EMO", changed_on=day(20))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/category-of-cp")


async def test_a_review_lies_within_the_plan_and_is_recorded_once(area: Partnership) -> None:
    child = (await area.register()).children[0]
    plan = (await area.plan(child, "cp", 100)).json()
    path = f"/v1/plan-timelines/{child}/plans/{plan['id']}/reviews"
    held = await area.worker.post(path, {"held_on": day(30)})
    assert [review["held_on"] for review in held.json()["reviews"]] == [day(30)]
    assert (await area.worker.post(path, {"held_on": day(30)})).json()["type"] == "/problems/already-recorded"
    assert (await area.worker.post(path, {"held_on": day(101)})).status_code == 422
    await area.move(plan, "end", ended_on=day(20))
    late = await area.worker.post(path, {"held_on": day(10)})
    assert (late.status_code, late.json()["errors"][0]["code"]) == (422, "after-end")


async def test_the_same_key_gives_the_same_plan_and_a_plain_view_is_audited(area: Partnership) -> None:
    child = (await area.register()).children[0]
    headers = {"Idempotency-Key": str(new_id())}
    path, body = f"/v1/plan-timelines/{child}/plans", plan_body("cin", 20)
    worker = area.worker
    first = await worker.post(path, body, headers=headers)
    second = await worker.post(path, body, headers=headers)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert await area.told() == ["plan.started"]
    await area.manager.get(f"/v1/plan-timelines/{child}")
    assert str(child) in await area.last_audit()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "universal"}, "/type"),
        ({"category": "XXX"}, "/category"),
        ({"started_on": "yesterday"}, "/started_on"),
        ({"nickname": "Sam"}, "/nickname"),
        ({"needs": [{"code": "Not A Code"}]}, "/needs/0/code"),
        ({"actions": [{"code": "visit", "text": ""}]}, "/actions/0/text"),
        ({"queries_accepted": [{"code": "same-type-same-day"}]}, "/queries_accepted/0/reason"),
    ],
)
async def test_a_malformed_plan_is_refused_by_pointer_without_its_value(
    area: Partnership, change: dict[str, Any], pointer: str
) -> None:
    child = (await area.register()).children[0]
    refused = await area.worker.post(f"/v1/plan-timelines/{child}/plans", plan_body("cp", 20) | change)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/validation")
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert "Sam" not in refused.text
