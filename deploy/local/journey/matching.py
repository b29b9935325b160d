"""Steps 13 to 17: proposal, match, three agreements, signatures, introduction, start."""

import asyncio

from deploy.local.acts import referrals
from deploy.local.client import Answer, Caller, UnexpectedAnswerError
from deploy.local.journey import plans, rivals
from deploy.local.journey.story import SCHEME, Story

INTRODUCED = 14
STARTED = 15


async def play(story: Story) -> None:
    await propose(story)
    await match(story)
    await agree(story)
    await too_early(story)
    await sign(story)
    await introduce(story)


async def propose(story: Story) -> None:
    """Step 13; its refusal was provoked before step 8."""
    story.teller.step("13", "coordinator", "has every volunteer weighed, with reasons")
    path = f"/v1/match-requests/{story.known.match_request}/proposals"
    proposal = await story.cast.coordinator.post(path)
    again = await story.cast.coordinator.post(path)
    if (proposal["input_hash"], _ranking(proposal)) != (again["input_hash"], _ranking(again)):
        raise AssertionError("the same input got another ranking")
    counts = f"{proposal['ranked']} ranked with each factor's points, {proposal['excluded']} excluded with the reason"
    story.teller.note(counts)


def _ranking(proposal: Answer) -> list[tuple[str, int]]:
    return [(one["volunteer"], one["score"]) for one in proposal["candidates"]]


async def match(story: Story) -> None:
    """Step 14, with another family that wants the same volunteer at the same moment."""
    coordinator, known = story.cast.coordinator, story.known
    story.teller.step("14", "coordinator", "proposes a match")
    proposal = await coordinator.post(f"/v1/match-requests/{known.match_request}/proposals")
    second = next(one["volunteer"] for one in proposal["candidates"] if one["place"] == 2)
    body = _match_body(story, known.match_request, second)
    refused = await coordinator.refused(409, "override-reason-needed", "/v1/matches", body)
    story.refused("not the top of the list, no reason", refused)
    rival = await rivals.make(story)
    ours = _match_body(story, known.match_request, known.volunteer, override_reason="Lives round the corner.")
    theirs = _match_body(story, rival.match_request, known.volunteer, override_reason="Speaks their language.")
    answers = await asyncio.gather(_ask(coordinator, ours), _ask(coordinator, theirs))
    won = [answer for answer in answers if answer.status < 300]
    lost = [answer for answer in answers if answer.problem == "capacity-reached"]
    if len(won) != 1 or len(lost) != 1:
        raise UnexpectedAnswerError(f"two at once got {[(one.status, one.problem) for one in answers]}")
    story.refused("two ask for the same volunteer at the same moment, one", lost[0])
    if won[0]["match_request"] != known.match_request:
        await coordinator.move(f"/v1/matches/{won[0].id}/cancel", {"reason_code": "mistake"})
        won = [await coordinator.post("/v1/matches", ours)]
    known.match = won[0].id
    await story.heard("match.proposed", match=known.match)
    await rivals.withdraw(story, rival)


def _match_body(story: Story, request: str, volunteer: str, **other: str) -> dict[str, object]:
    return {
        "match_request": request,
        "volunteer": volunteer,
        "planned_from": story.day(STARTED).isoformat(),
        "planned_length_weeks": 26,
        "review_on": story.day(STARTED + 84).isoformat(),
        **other,
    }


async def _ask(coordinator: Caller, body: dict[str, object]) -> Answer:
    return await coordinator.attempt("/v1/matches", body)


async def agree(story: Story) -> None:
    """Step 15."""
    cast, path = story.cast, f"/v1/matches/{story.known.match}/agreements"
    story.teller.step("15", "volunteer, family, PM", "each agrees to the match")
    await story.volunteer.post(path, {"party": "volunteer", "answer": "agreed"})
    recorded = referrals.on_behalf_of(story.family.parent, party="family", answer="agreed")
    await cast.coordinator.post(path, recorded)
    await cast.project_manager.post(path, {"party": "project_manager", "answer": "agreed"})
    await story.heard("match.agreed", match=story.known.match)


async def too_early(story: Story) -> None:
    """Step 17's refusal, before the signatures are there."""
    path = f"/v1/matches/{story.known.match}"
    await story.cast.coordinator.move(f"{path}/introduce", _meeting(story))
    await story.heard("match.introduced", match=story.known.match)
    refused = await story.cast.coordinator.refused_move(409, "gate-involvement-plan", f"{path}/start", _started(story))
    story.refused("a start before the plan is agreed", refused)
    visit = {"starts_at": story.days.at(STARTED + 1, 15), "ends_at": story.days.at(STARTED + 1, 17)}
    refused = await story.cast.coordinator.refused(409, "illegal-move", f"{path}/visits", visit)
    story.refused("a visit while the match is not active", refused)


async def sign(story: Story) -> None:
    """Step 16: an older version is signed no more; then everybody signs the present one."""
    story.teller.step("16", "each signatory", "signs one version of the involvement plan")
    older = story.known.involvement_plan
    await plans.write(story, [story.known.actions[child] for child in story.family.children])
    path = f"/v1/involvement-plans/{older}/signatures"
    refused = await story.cast.lead_practitioner.refused(409, "version-superseded", path, {"decision": "agreed"})
    story.refused("an old version", refused)
    await sign_all(story)
    await story.heard("involvement-plan.agreed", involvement_plan=story.known.involvement_plan)


async def sign_all(story: Story) -> None:
    """Lead practitioner, project manager, the parent as recorded, the volunteer."""
    cast, path = story.cast, f"/v1/involvement-plans/{story.known.involvement_plan}/signatures"
    for person in (cast.lead_practitioner, cast.project_manager, story.volunteer):
        await person.post(path, {"decision": "agreed"})
    await cast.coordinator.post(path, referrals.on_behalf_of(story.family.parent, decision="agreed"))


async def introduce(story: Story) -> None:
    """Step 17; the introduction itself was made before the signatures."""
    story.teller.step("17", "coordinator", "after the first meeting, starts the match")
    await story.cast.coordinator.move(f"/v1/matches/{story.known.match}/start", _started(story))
    await story.heard("match.started", match=story.known.match)
    await story.feeds[SCHEME].until("referral.activated", referral=story.known.referral)


def _meeting(story: Story) -> dict[str, str]:
    return {"met_on": story.day(INTRODUCED).isoformat(), "led_by": str(story.cast.id_of("coordinator"))}


def _started(story: Story) -> dict[str, str]:
    return {"started_on": story.day(STARTED).isoformat()}
