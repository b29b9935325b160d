"""What a partnership weighs by is said anew; a family refuses somebody and takes it back; a proposal is made again."""

from deploy.local.journey.story import Story


async def play(story: Story) -> None:
    await a_policy(story)
    await a_refusal(story)
    await a_recomputation(story)


async def a_policy(story: Story) -> None:
    """The numbers of the defaults once more, as a version of the partnership's own."""
    manager = story.cast.project_manager
    current = await manager.get("/v1/matching-policies/current")
    numbers = current["policy"] | {"planned_weeks": 26}
    await manager.post("/v1/matching-policies", {"version": 1, "policy": numbers, "reason": "Agreed by the board."})
    await manager.get("/v1/matching-factors")
    await manager.get("/v1/matching-equality")


async def a_refusal(story: Story) -> None:
    """Of a volunteer who is not the family's own."""
    coordinator = story.cast.coordinator
    listed = (await coordinator.get("/v1/volunteers"))["items"]
    other = next(one["id"] for one in listed if one["id"] != str(story.known.volunteer))
    at = f"/v1/match-requests/{story.known.match_request}/refused-volunteers"
    refusal = (await coordinator.post(at, {"volunteer": other, "reason_code": "family_asked"})).id
    await coordinator.get(f"{at}/{refusal}")
    await coordinator.post(f"{at}/{refusal}/lift", {})


async def a_recomputation(story: Story) -> None:
    at = f"/v1/match-requests/{story.known.match_request}/proposals"
    latest = (await story.cast.coordinator.get(at))["items"][0]["id"]
    await story.cast.coordinator.get(f"{at}/{latest}/candidates")
    await story.cast.coordinator.get(f"{at}/{latest}/recomputation")
