"""A family waits, a volunteer is available: a plan puts them together, another is based on it and put aside."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from deploy.local.acts import volunteers
from deploy.local.journey import rivals
from deploy.local.journey.story import Story

_AT: Final = "/v1/match-plans"
_POLL_SECONDS: Final = 0.1
_POLLS: Final = 600


async def play(story: Story) -> None:
    coordinator = story.cast.coordinator
    rival = await rivals.make(story, "p", 8)
    await _somebody_available(story)
    first = await _planned(story, {"objective": "most-families-first"})
    at = f"{_AT}/{first}"
    for part in ("history", "unmatched", "recruitment"):
        await coordinator.get(f"{at}/{part}")
    await story.cast.la_manager.get(f"{at}/recruitment")
    pairs = (await coordinator.get(f"{at}/pairs"))["items"]
    pair = next(one["id"] for one in pairs if one["match_request"] == rival.match_request)
    days = {
        "planned_from": story.today.isoformat(),
        "planned_length_weeks": 26,
        "review_on": (story.today + timedelta(days=84)).isoformat(),
    }
    await coordinator.post(f"{at}/pairs/{pair}/accept", days)
    await coordinator.post(f"{at}/accept", days | {"skip_changed": True})
    second = await _planned(story, {"based_on": first})
    await coordinator.get(_AT)
    await coordinator.move(f"{_AT}/{second}/cancel")


async def _planned(story: Story, body: dict[str, Any]) -> str:
    plan = (await story.cast.coordinator.post(_AT, body)).id
    for _ in range(_POLLS):
        if (await story.cast.coordinator.get(f"{_AT}/{plan}"))["status"] != "computing":
            break
        await asyncio.sleep(_POLL_SECONDS)
    return plan


async def _somebody_available(story: Story) -> None:
    cast, coordinator = story.cast, story.cast.coordinator
    body = volunteers.volunteer_body(story.household.number + 9, story.today, organisation=str(cast.scheme))
    volunteer = (await coordinator.post("/v1/volunteers", body)).id
    await coordinator.move(
        f"/v1/volunteers/{volunteer}/apply", {"role": "lone_home_visitor", "frequency": "weekly_or_more"}
    )
    induction = (await cast.trainer.post("/v1/inductions", {"volunteer": volunteer})).id
    await volunteers.attend(cast.trainer, induction, story.inductions)
    await cast.trainer.move(f"/v1/inductions/{induction}/decision", {"decision": "qualified"})
    await volunteers.clear(coordinator, volunteer, cast.id_of("coordinator"), story.today)
    await story.feeds["scheme"].until("volunteer.cleared", volunteer=volunteer)
