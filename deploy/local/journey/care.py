"""Steps 21 to 25: a concern, supervision, a pause, another worker, plans that step down and end."""

from datetime import timedelta
from uuid import UUID

from deploy.local.acts import outcomes, referrals
from deploy.local.journey import plans
from deploy.local.journey.matching import sign_all
from deploy.local.journey.story import SCHEME, Story

STEPPED_DOWN = 40
STEPPED_UP = 46
DOWN_AGAIN = 52
ENDED = 58


async def play(story: Story) -> None:
    await raise_concern(story)
    await supervise(story)
    await pause_and_allocate(story)
    await step_down(story)
    await end_plans(story)


async def raise_concern(story: Story) -> None:
    """Step 21."""
    cast = story.cast
    story.teller.step("21", "volunteer", "raises a concern; the authority takes it on")
    body = {
        "subject": {"kind": "visit", "id": story.known.visit},
        "family": str(story.family.id),
        "about_person": str(cast.id_of("social_worker")),
        "text": "Something that was said during the visit worried me.",
    }
    raised = await story.volunteer.post("/v1/concerns", body)
    story.teller.note(f"the answer shows at once: {raised['emergency']}")
    await story.heard("concern.raised", concern=raised.id)
    path = f"/v1/concerns/{raised.id}"
    about = await cast.social_worker.refused(404, "not-found", path, method="GET", headers={})
    story.refused("whoever it is about looks for it", about)
    await cast.la_manager.move(f"{path}/acknowledge")
    await story.heard("concern.acknowledged", concern=raised.id)
    await cast.la_manager.move(f"{path}/decide", {"decision": "no_further_action"})
    await story.heard("concern.decided", concern=raised.id)


async def supervise(story: Story) -> None:
    """Step 22."""
    story.teller.step("22", "coordinator", "supervises the volunteer")
    body = {
        "volunteer": story.known.volunteer,
        "held_on": story.today.isoformat(),
        "notes": "All records since the last session were read together.",
    }
    held = await story.cast.coordinator.post("/v1/supervisions", body)
    story.teller.note(f"{len(held['records'])} records since the last session")
    await story.heard("supervision.held", SCHEME, supervision=held.id)


async def pause_and_allocate(story: Story) -> None:
    """Step 23."""
    cast, path = story.cast, f"/v1/matches/{story.known.match}"
    story.teller.step("23", "coordinator, PM", "the match rests and goes on; a worker is allocated")
    await cast.coordinator.move(f"{path}/pause", {"reason_code": "family_asked"})
    await story.heard("match.paused", match=story.known.match)
    hidden = await story.volunteer.refused(404, "not-found", path, method="GET", headers={})
    story.refused("the volunteer looks at the family meanwhile", hidden)
    await cast.coordinator.move(f"{path}/resume")
    await story.heard("match.resumed", match=story.known.match)
    body = {"family": str(story.family.id), "person": str(cast.id_of("coordinator")), "role": "coordinator"}
    allocation = await cast.project_manager.post("/v1/allocations", body)
    listed = await cast.project_manager.get("/v1/allocations", family=story.family.id)
    if allocation.id not in {one["id"] for one in listed["items"]}:
        raise AssertionError("the worker is not on the family's list")
    story.teller.note("access and lists move with the worker; the event of it stays inside the platform")


async def step_down(story: Story) -> None:
    """Step 24: only that child's tasks are redrafted; the version in force stays so until the next is agreed."""
    lead, first = story.cast.lead_practitioner, story.family.children[0]
    story.teller.step("24", "lead practitioner", "one child's plan steps down, another's down and up again")
    path = f"/v1/plan-timelines/{first}/plans/{story.known.plans[first]}/step-down"
    before = story.day(plans.PLAN_STARTED - 1)
    refused = await lead.refused_move(422, "plan-invariant", path, outcomes.step_body("cin", before))
    story.refused("a step before the plan's start", refused)
    await _step(story, first, "down", "cin", STEPPED_DOWN)
    await story.heard("plan.stepped-down", child=first)
    for child in story.family.children[1:]:
        await _step(story, child, "down", "cin", STEPPED_DOWN)
        await _step(story, child, "up", "cp", STEPPED_UP)
        await story.heard("plan.stepped-up", child=child)
        await story.heard("plan.reregistered", child=child)
    await redraft(story)


async def _step(story: Story, child: UUID, way: str, kind: str, after: int) -> None:
    path = f"/v1/plan-timelines/{child}/plans"
    answer = await story.cast.lead_practitioner.move(
        f"{path}/{story.known.plans[child]}/step-{way}", outcomes.step_body(kind, story.day(after))
    )
    started = answer["started"]
    story.known.plans[child], story.known.actions[child] = started["id"], started["actions"][0]["id"]
    story.cast.gateway.etags[f"{path}/{started['id']}"] = f'"{started["version"]}"'


async def redraft(story: Story) -> None:
    """A new version for that child's tasks, the others carried over; everybody signs it."""
    coordinator, children = story.cast.coordinator, story.family.children
    tasks = referrals.tasks_of(children, [story.known.actions[child] for child in children])
    body = referrals.plan_body(tasks, plans.signatories(story), story.day(STEPPED_UP + 90), carry_over=True)
    draft = await coordinator.post(f"/v1/referrals/{story.known.referral}/involvement-plans", body)
    story.known.involvement_plan = draft.id
    await sign_all(story)
    await story.heard("involvement-plan.agreed", involvement_plan=draft.id)
    story.teller.note("the volunteer stays; the tasks now belong to the new plans")


async def end_plans(story: Story) -> None:
    """Step 25: the plan has an end date only; date and reason of the closure are the episode's."""
    lead = story.cast.lead_practitioner
    story.teller.step("25", "lead practitioner", "the plans end, the episodes close")
    ended = min(story.day(ENDED), story.today - timedelta(days=1)).isoformat()
    for child in story.family.children:
        at = f"/v1/plan-timelines/{child}"
        if child != story.family.children[0]:
            await _step(story, child, "down", "cin", DOWN_AGAIN)
        await lead.move(f"{at}/plans/{story.known.plans[child]}/end", {"ended_on": ended})
        await story.heard("plan.ended", child=child)
        episode = (await lead.get(at))["episodes"][0]
        story.cast.gateway.etags[f"{at}/episodes/{episode['id']}"] = f'"{episode["version"]}"'
        await lead.move(f"{at}/episodes/{episode['id']}/close", {"closed_on": ended, "closure_reason": "RC8"})
        await outcomes.record_stage(story.cast.la_system, child, 1, story.today - timedelta(days=1))
