"""Steps 18 to 20: visits, Records of Contact, and what the clock notices."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from deploy.local.journey.story import Story


async def play(story: Story) -> None:
    await plan(story)
    await record(story)
    await clock(story)


async def plan(story: Story) -> None:
    """Step 18: twice nobody opens, then a visit that happened."""
    story.teller.step("18", "volunteer", "plans visits and says what became of them")
    path = f"/v1/matches/{story.known.match}/visits"
    for days in (9, 7):
        missed = await story.volunteer.post(path, _ago(days))
        await story.volunteer.move(f"{path}/{missed.id}/outcome", {"outcome": "no_access"})
        await story.heard("visit.closed", visit=missed.id, outcome="no_access")
    visit = await story.volunteer.post(path, _ago(1))
    story.known.visit = visit.id
    await story.heard("visit.planned", visit=visit.id)
    await story.volunteer.move(f"{path}/{visit.id}/outcome", {"outcome": "happened"})
    await story.heard("visit.closed", visit=visit.id, outcome="happened")


def _ago(days: int, hours: int = 2) -> dict[str, str]:
    """A visit so many days ago, as long as that."""
    starts = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=days)
    return {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=hours)).isoformat()}


async def record(story: Story) -> None:
    """Step 19."""
    story.teller.step("19", "volunteer", "writes the Record of Contact")
    path = f"/v1/matches/{story.known.match}/contacts"
    body = contact_body(story, story.known.visit)
    stranger = story.cast.volunteer
    story.refused("by the volunteer of another match", await stranger.refused(404, "not-found", path, body))
    contact = await story.volunteer.post(path, body)
    await story.heard("contact.recorded", contact=contact.id)
    again = await story.volunteer.refused(409, "already-recorded", path, body)
    story.refused("a second record instead of a correction", again)
    correction = {**body, "notes": "We also talked about the new school."}
    del correction["visit"]
    corrected = await story.volunteer.post(f"{path}/{contact.id}/corrections", correction)
    if (corrected["corrects"], corrected["version_number"]) != (contact.id, 2):
        raise AssertionError("the correction does not stand on the record that it corrects")
    story.teller.note("corrected by a new version; the one before stays, chained by hash")


def contact_body(story: Story, visit: str) -> dict[str, Any]:
    """Everybody was seen, one task was done."""
    return {
        "visit": visit,
        "seen": [{"child": str(child), "seen": True} for child in story.family.children],
        "tasks_done": story.known.tasks[:1],
        "notes": "We went to the first football practice.",
    }


async def clock(story: Story) -> None:
    """Step 20: a record that never came, and two visits without sight of the children."""
    story.teller.step("20", "the clock", "notices what did not happen")
    path = f"/v1/matches/{story.known.match}/visits"
    forgotten = await story.cast.coordinator.post(path, _ago(4))
    story.known.forgotten = forgotten.id
    await story.heard("contact.overdue", visit=forgotten.id)
    child: UUID = story.family.children[0]
    await story.heard("child.not-seen", match=story.known.match, child=child)
    late = await story.cast.coordinator.get("/v1/matches/contacts-overdue")
    if forgotten.id not in {one["visit"] for one in late["items"]}:
        raise AssertionError("the late record is not on the coordinator's list")
    story.teller.note("the late record is on the coordinator's list")
