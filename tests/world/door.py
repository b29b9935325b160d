"""What is done with the code at a session's door."""

from datetime import UTC, datetime, timedelta

from deploy.local.journey.story import Story


async def play(story: Story) -> None:
    """Somebody signs in on their own phone; a link that nobody is to use any more is taken back."""
    trainer, began = story.cast.trainer, datetime.now(UTC) - timedelta(minutes=10)
    plan = {
        "course": str(story.inductions.course),
        "title": "An evening with a code at the door",
        "place": {"kind": "online"},
        "starts_at": began.isoformat(),
        "ends_at": (began + timedelta(hours=3)).isoformat(),
        "capacity": 40,
        "trainers": [str(story.cast.id_of("trainer"))],
    }
    other, session = [(await trainer.post("/v1/sessions", plan)).id for _ in range(2)]
    await trainer.post(f"/v1/sessions/{other}/sign-in-link", {})
    await trainer.post(f"/v1/sessions/{other}/sign-in-link/revoke")
    offered = {"organisations": ["A community group"]}
    link = (await trainer.post(f"/v1/sessions/{session}/sign-in-link", offered))["link"]
    await trainer.get(f"/v1/sessions/{session}/sign-in-link")
    await trainer.get(f"/v1/public/sign-ins/{link}")
    said = {"ethnicity": "Somali", "ethnicity_code": "black_african", "name": "Amina Example"}
    await trainer.post(f"/v1/public/sign-ins/{link}", said)
