"""A second case that comes to its end: plans, match and referral are ended, everybody has said how it was."""

from dataclasses import replace

from deploy.local.acts import outcomes
from deploy.local.journey import ending, front_door, matching, plans
from deploy.local.journey.story import SCHEME, Story

_BEGINNING = (
    *(front_door.register, front_door.refer, front_door.triage, front_door.accept),
    *(plans.start_plans, plans.visit, plans.draft),
)
_MATCHED = (matching.agree, matching.too_early, matching.sign, matching.introduce)


async def play(story: Story) -> Story:
    """The same people, another family and the other volunteer."""
    household = replace(
        story.household, reference=f"{story.household.reference}-d", children=1, number=story.household.number + 4
    )
    former = Story(story.cast, story.feeds, story.teller, None, story.today, household, story.days)
    for scene in _BEGINNING:
        await scene(former)
    await _match(former)
    for scene in _MATCHED:
        await scene(former)
    await _end_plan(former)
    await _end(former)
    return former


async def _match(story: Story) -> None:
    """With whoever is available and has no sign-in yet."""
    coordinator, known = story.cast.coordinator, story.known
    proposal = await coordinator.post(f"/v1/match-requests/{known.match_request}/proposals")
    known.volunteer = next(one["volunteer"] for one in proposal["candidates"] if one["place"] == 1)
    known.volunteer_person, story.visitor = await story.cast.hire("Vera Former", ("volunteer",))
    await coordinator.move(f"/v1/volunteers/{known.volunteer}/sign-in", {"person": str(known.volunteer_person)})
    body = {
        "match_request": known.match_request,
        "volunteer": known.volunteer,
        "planned_from": story.day(matching.STARTED).isoformat(),
        "planned_length_weeks": 12,
        "review_on": story.day(matching.STARTED + 42).isoformat(),
    }
    mistaken = (await coordinator.post("/v1/matches", body)).id
    await coordinator.move(f"/v1/matches/{mistaken}/cancel", {"reason_code": "mistake"})
    known.match = (await coordinator.post("/v1/matches", body)).id


async def _end_plan(story: Story) -> None:
    """The plan is reviewed, gets another category, steps down and ends; the episode closes."""
    lead, child = story.cast.lead_practitioner, story.family.children[0]
    at, etags = f"/v1/plan-timelines/{child}", story.cast.gateway.etags
    plan = f"{at}/plans/{story.known.plans[child]}"
    await lead.post(f"{plan}/reviews", {"held_on": story.day(10).isoformat()})
    await lead.move(f"{plan}/category", {"category": "EMO", "changed_on": story.day(12).isoformat()})
    stepped = await lead.move(f"{plan}/step-down", outcomes.step_body("cin", story.day(20)))
    ended = story.day(30).isoformat()
    after = f"{at}/plans/{stepped['started']['id']}"
    etags[after] = f'"{stepped["started"]["version"]}"'
    await lead.move(f"{after}/end", {"ended_on": ended})
    episode = (await lead.get(at))["episodes"][0]
    etags[f"{at}/episodes/{episode['id']}"] = f'"{episode["version"]}"'
    await lead.move(f"{at}/episodes/{episode['id']}/close", {"closed_on": ended, "closure_reason": "RC8"})


async def _end(story: Story) -> None:
    cast, known = story.cast, story.known
    await ending.begin(story)
    path = f"/v1/matches/{known.match}"
    await cast.coordinator.get(path)
    await cast.coordinator.move(f"{path}/end", {"reason_code": "completed"})
    await ending.evaluate(story)
    await story.feeds[SCHEME].until("match.ended", match=known.match)
    await cast.project_manager.move(f"/v1/referrals/{known.referral}/conclude", {"reason_code": "completed"})
    await cast.analyst.get("/v1/reports/impact")
    await cast.analyst.get("/v1/reports/cost")
