"""Steps 26 to 29: the end, with everybody's evaluation, and what the reports then say."""

from deploy.local.acts import outcomes
from deploy.local.journey.story import LA, SCHEME, Story


async def play(story: Story) -> None:
    await begin(story)
    await evaluate(story)
    await conclude(story)
    await report(story)


async def begin(story: Story) -> None:
    """Step 26."""
    story.teller.step("26", "project manager", "begins the ending")
    await story.cast.project_manager.move(f"/v1/referrals/{story.known.referral}/begin-ending")
    await story.heard("referral.ending", referral=story.known.referral)
    await story.heard("match.ending", match=story.known.match)
    path = f"/v1/referrals/{story.known.referral}/conclude"
    early = {"reason_code": "completed"}
    refused = await story.cast.project_manager.refused_move(409, "gate-evaluations", path, early)
    story.refused(f"concluded without {', '.join(_kinds(refused['missing']))}", refused)


def _kinds(missing: list[str]) -> list[str]:
    return [name.partition(":")[0].replace("_", " ") for name in missing]


async def evaluate(story: Story) -> None:
    """Step 27."""
    cast, referral = story.cast, story.known.referral
    story.teller.step("27", "project manager", "asks each how it was; reads the star once more")
    manager = cast.id_of("project_manager")
    said: dict[str, str] = {"on_behalf_of": str(story.family.parent), "method": "in_person"}
    voices = {"family": said, "lead_practitioner": {}, "volunteer": {"volunteer": story.known.volunteer}}
    for by, other in voices.items():
        body = outcomes.evaluation_body(story.family.id, referral, by, (manager, story.today), **other)
        evaluation = await cast.project_manager.post("/v1/evaluations", body)
        await story.heard("evaluation.recorded", evaluation=evaluation.id)
    areas = {"area_1": 7, "area_2": 8, "area_3": 6, "area_4": 8}
    reading = await outcomes.closing_reading(cast.project_manager, story.family.id, referral, story.today, areas)
    await story.heard("reading.recorded", reading=reading.id, occasion="closing")


async def conclude(story: Story) -> None:
    """Step 28."""
    cast, referral = story.cast, story.known.referral
    story.teller.step("28", "project manager", "concludes the referral")
    path = f"/v1/referrals/{referral}"
    await cast.project_manager.move(f"{path}/conclude", {"reason_code": "completed"})
    await story.heard("referral.concluded", referral=referral)
    await story.heard("match.ended", match=story.known.match)
    volunteer = await cast.coordinator.get(f"/v1/volunteers/{story.known.volunteer}")
    if volunteer["places_taken"] != 0:
        raise AssertionError("the volunteer's place is not free again")
    story.teller.note("the volunteer's place is free again")
    history = (await cast.project_manager.get(f"{path}/history")).document
    moves = " → ".join(row["to_status"] for row in history)
    story.teller.note(f"the referral's history: {moves}")


async def report(story: Story) -> None:
    """Step 29; nobody of another partnership finds anything."""
    cast = story.cast
    story.teller.step("29", "analyst", "fetches the reports")
    impact = await cast.analyst.get("/v1/reports/impact")
    await cast.analyst.get("/v1/reports/cost")
    story.teller.note(f"{len(impact.document)} parts, each figure with definition and base")
    path = f"/v1/families/{story.family.id}"
    refused = await cast.stranger.refused(404, "not-found", path, method="GET", headers={})
    story.refused("the family, for another partnership", refused)
    page = await cast.stranger.get("/v1/events", limit=200)
    if any(str(story.family.id) in str(event["data"]) for event in page["items"]):
        raise AssertionError("another partnership's feed shows this family")
    for by in (LA, SCHEME):
        await story.feeds[by].catch_up()
    if story.feeds[LA].count("contact.overdue", visit=story.known.forgotten) != 1:
        raise AssertionError("the overdue record was told of more than once")
    story.teller.note("the overdue record was told of once, and only once")
