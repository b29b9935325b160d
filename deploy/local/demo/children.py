"""The children's plans, stages and readings: how it was at the beginning, and the turn it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deploy.local.acts import outcomes
from deploy.local.demo.case import Case
from deploy.local.demo.population import Course, Turn
from deploy.local.demo.scene import items

PLAN_STARTED = -120
EPISODE = -150
STEPPED = 150
OVER = 270


@dataclass(frozen=True, slots=True)
class Child:
    """One child with what is known of its timeline."""

    id: UUID
    plans: Sequence[dict[str, Any]]
    episodes: Sequence[dict[str, Any]]
    stages: Sequence[dict[str, Any]]


async def begin(case: Case) -> dict[UUID, str]:
    """Episode, plan and stage of every child from before the referral; the plans' first actions, by child."""
    course = case.plan.course
    if course is None:
        return {}
    return {child: await _begin_child(case, course, child) for child in case.family.children}


async def _begin_child(case: Case, course: Course, child: UUID) -> str:
    lead, system = case.scene.as_("lead_practitioner"), case.scene.as_("la_system")
    known = await _known(case, child)
    if not known.episodes:
        await outcomes.open_episode(lead, child, case.day(EPISODE))
    if not known.stages:
        await outcomes.record_stage(system, child, course.stage, case.day(PLAN_STARTED))
    plan = known.plans[0] if known.plans else None
    if plan is None:
        plan = (await outcomes.start_plan(lead, child, course.plan, case.day(PLAN_STARTED))).document
    return str(plan["actions"][0]["id"])


async def _known(case: Case, child: UUID) -> Child:
    if case.is_new:
        return Child(child, (), (), ())
    shown = await case.scene.as_("lead_practitioner").get(f"/v1/plan-timelines/{child}")
    plans = sorted(shown["plans"], key=lambda plan: plan["started_on"])
    return Child(child, plans, shown["episodes"], shown["stages"])


async def turn(case: Case) -> None:
    """What became of it."""
    course = case.plan.course
    if course is None or course.turn is Turn.NOTHING_YET:
        return
    for child in case.family.children:
        shown = (await case.scene.as_("lead_practitioner").get(f"/v1/plan-timelines/{child}")).document
        for plan in shown["plans"]:
            path = f"/v1/plan-timelines/{child}/plans/{plan['id']}"
            case.scene.gateway.etags[path] = f'"{plan["version"]}"'
        await _turn_plan(case, course, shown)
        if course.next_stage and len(shown["stages"]) < 2:
            after = OVER if course.turn is Turn.ENDED else STEPPED
            await outcomes.record_stage(case.scene.as_("la_system"), child, course.next_stage, case.day(after))
    if case.plan.attends_better:
        await _attend(case)


async def _turn_plan(case: Case, course: Course, shown: dict[str, Any]) -> None:
    lead, first = case.scene.as_("lead_practitioner"), min(shown["plans"], key=lambda plan: plan["started_on"])
    if first["status"] != "open":
        return
    path = f"/v1/plan-timelines/{shown['child']}/plans/{first['id']}"
    if course.turn is Turn.STEPPED_DOWN:
        await lead.move(f"{path}/step-down", outcomes.step_body(course.next_plan, case.day(STEPPED)))
    elif course.turn is Turn.CAME_HOME:
        await lead.move(f"{path}/end", {"ended_on": case.day(OVER).isoformat(), "returned_home": True})
    elif course.turn is Turn.ENDED:
        await lead.move(f"{path}/end", {"ended_on": case.day(OVER).isoformat()})
        episode = shown["episodes"][0]
        at = f"/v1/plan-timelines/{shown['child']}/episodes/{episode['id']}"
        case.scene.gateway.etags[at] = f'"{episode["version"]}"'
        await lead.move(f"{at}/close", {"closed_on": case.day(OVER).isoformat(), "closure_reason": "RC8"})


async def _attend(case: Case) -> None:
    """School attendance at the beginning and at the end."""
    system = case.scene.as_("la_system")
    known = await items(system, "/v1/readings", family=case.family.id, instrument="school_attendance")
    there = {(one["child"], one["occasion"]) for one in known}
    for child in case.family.children:
        for occasion, after, percent in (("first", 0, 81), ("closing", OVER, 93)):
            if (str(child), occasion) not in there:
                await system.post("/v1/readings", _attendance(case, child, occasion, (after, percent)))


def _attendance(case: Case, child: UUID, occasion: str, read: tuple[int, int]) -> dict[str, Any]:
    return {
        "family": str(case.family.id),
        "child": str(child),
        "instrument": "school_attendance",
        "edition": "1",
        "occasion": occasion,
        "completed_by": "school",
        "read_on": case.day(read[0]).isoformat(),
        "areas": {"percent": read[1]},
    }
