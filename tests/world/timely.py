"""A visit that takes place now: its link is made, held by a phone without a sign-in, and used."""

from datetime import UTC, datetime, timedelta

import httpx

from deploy.local.journey.story import Story


async def play(story: Story) -> None:
    """Looked at, arrived, left; afterwards it is called off, so that nothing waits for its record."""
    at = f"/v1/matches/{story.known.match}/visits"
    begins = datetime.now(UTC) - timedelta(minutes=10)
    plan = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    visit = await story.cast.coordinator.post(at, plan)
    link = await story.volunteer.post(f"{at}/{visit.id}/check-in-link")
    for verb in ("look", "arrive", "leave"):
        held = {"secret": link["secret"]}
        answer = await story.cast.gateway.http.post(f"/v1/check-ins/{verb}", json=held)
        if answer.status_code != httpx.codes.OK:
            raise AssertionError(f"the link does not {verb}: {answer.status_code}")
    await story.cast.coordinator.move(f"{at}/{visit.id}/outcome", {"outcome": "cancelled_by_volunteer"})
