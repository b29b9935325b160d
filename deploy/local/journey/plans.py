"""Steps 7 to 9: the children's plans and stages, the assessment visit, the involvement plan."""

from datetime import date, timedelta
from uuid import UUID

from deploy.local.acts import outcomes, referrals
from deploy.local.journey.story import SCHEME, Story

PLAN_STARTED = -21
VISITED = 5
DRAFTED = 7


async def play(story: Story) -> None:
    await start_plans(story)
    await check_invariants(story)
    await visit(story)
    await draft(story)


async def start_plans(story: Story) -> None:
    """Step 7: plans are usually older than the referral to the scheme."""
    story.teller.step("7", "lead practitioner", "records the children's plans and stages")
    lead = story.cast.lead_practitioner
    started = story.day(PLAN_STARTED)
    for child in story.family.children:
        await outcomes.open_episode(lead, child, started - timedelta(days=14))
        plan = await outcomes.start_plan(lead, child, "cp", started)
        story.known.plans[child] = plan.id
        story.known.actions[child] = plan["actions"][0]["id"]
        await story.heard("plan.started", child=child)
        stage = await outcomes.record_stage(story.cast.la_system, child, 4, started)
        await story.heard("stage.recorded", stage=stage.id)


async def check_invariants(story: Story) -> None:
    """What no timeline may hold, and what it may hold only with a reason."""
    lead, child = story.cast.lead_practitioner, story.family.children[0]
    path = f"/v1/plan-timelines/{child}/plans"
    overlapping = outcomes.plan_body("cin", story.day(PLAN_STARTED + 10))
    refused = await lead.refused(422, "plan-invariant", path, overlapping)
    story.refused(f"an error ({_codes(refused.document)})", refused)
    help_until = story.day(PLAN_STARTED - 30)
    early = await lead.post(path, outcomes.plan_body("early_help", help_until - timedelta(days=90)))
    await lead.move(f"{path}/{early.id}/end", {"ended_on": help_until.isoformat()})
    again = outcomes.plan_body("early_help", help_until)
    asked = await lead.refused(409, "plan-query", path, again)
    story.refused(f"a query without a reason ({_codes(asked.document)})", asked)
    reasons = [
        {"code": one["code"], "reason": "The family moved between two teams on that day."} for one in asked["errors"]
    ]
    resumed = await lead.post(path, again | {"queries_accepted": reasons})
    await lead.move(f"{path}/{resumed.id}/end", {"ended_on": _before(story.day(PLAN_STARTED))})
    story.teller.note("the same query with a reason: accepted, the reason is kept")


def _codes(document: dict[str, list[dict[str, str]]]) -> str:
    return ", ".join(sorted({one["code"] for one in document["errors"]}))


def _before(day: date) -> str:
    return (day - timedelta(days=1)).isoformat()


async def visit(story: Story) -> None:
    """Step 8. That nothing may be proposed before it is shown first: step 13's refusal."""
    cast, referral = story.cast, story.known.referral
    story.teller.step("8", "coordinator", "visits the family: risk at home, baseline")
    early = f"/v1/match-requests/{story.known.match_request}/proposals"
    story.refused("a proposal before the visit", await cast.coordinator.refused(409, "gate-assessment-visit", early))
    body = referrals.visit_body(story.days, cast.id_of("coordinator"), VISITED)
    await cast.coordinator.post(f"/v1/referrals/{referral}/assessment-visit", body)
    await story.heard("assessment-visit.recorded", referral=referral)
    await story.heard("reading.recorded", referral=referral, occasion="first")


async def draft(story: Story) -> None:
    """Step 9."""
    cast, path = story.cast, f"/v1/referrals/{story.known.referral}/involvement-plans"
    story.teller.step("9", "coordinator", "drafts the involvement plan")
    children = story.family.children
    unknown = referrals.tasks_of(children[:1], [story.known.referral])
    body = referrals.plan_body(unknown, signatories(story), story.day(DRAFTED + 90))
    refused = await cast.coordinator.refused(422, "validation", path, body)
    story.refused("a task without an action of the child's open plan", refused)
    await write(story, [story.known.actions[child] for child in children])
    await story.heard("involvement-plan.drafted", SCHEME, involvement_plan=story.known.involvement_plan)


async def write(story: Story, actions: list[str]) -> None:
    """A version with one task a child."""
    tasks = referrals.tasks_of(story.family.children, actions)
    body = referrals.plan_body(tasks, signatories(story), story.day(DRAFTED + 90))
    path = f"/v1/referrals/{story.known.referral}/involvement-plans"
    plan = await story.cast.coordinator.post(path, body)
    story.known.involvement_plan = plan.id
    shown = await story.cast.coordinator.get(f"/v1/involvement-plans/{plan.id}")
    story.known.tasks = [task["id"] for task in shown["tasks"]]


def signatories(story: Story) -> list[tuple[str, UUID]]:
    """Who signs, beside the volunteers, who come with their match."""
    return [
        ("lead_practitioner", story.cast.id_of("lead_practitioner")),
        ("project_manager", story.cast.id_of("project_manager")),
        ("parent", story.family.parent),
    ]
