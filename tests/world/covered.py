"""Somebody answers for a volunteer, goes on leave with a cover, and is back before it begins."""

from datetime import timedelta

from deploy.local.journey.story import Story
from shared.calendar import civil_date
from shared.wall_clock import now


async def play(story: Story) -> None:
    """Called off at once, so that nothing of the story moves; whom they answer for stays named."""
    cast, coordinator = story.cast, story.cast.coordinator
    at = f"/v1/volunteers/{story.known.volunteer}"
    await coordinator.get(at)
    await coordinator.move(f"{at}/coordinator", {"coordinator": str(cast.id_of("coordinator"))})
    first = civil_date(now()) + timedelta(days=200)
    days = {"from": str(first), "to": str(first + timedelta(days=4))}
    leave = (await coordinator.post("/v1/leaves", days | {"cover": str(cast.id_of("project_manager"))})).id
    await coordinator.get("/v1/leaves")
    await coordinator.get(f"/v1/leaves/{leave}")
    await coordinator.move(f"/v1/leaves/{leave}/cancel")
