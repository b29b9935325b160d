"""The scheme's volunteers: some can be matched, others are still on their way there."""

import asyncio
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from deploy.local.acts import volunteers
from deploy.local.acts.volunteers import PARTS, Induction
from deploy.local.demo.scene import Scene, Seat, items

SYSTEM: Final = "southend-volunteers"
TITLE: Final = "Volunteers in Child Protection, induction (demonstration)"
SEATS: Final = 8
# How far those get who cannot be matched yet.
ON_THEIR_WAY: Final = ("enquired", "applied", "in_training", "assessed")
_ORDER: Final = ("enquired", "applied", "in_training", "assessed", "available")
_APPLICATION: Final = {"role": "lone_home_visitor", "frequency": "weekly_or_more"}


async def prepare(scene: Scene) -> None:
    """Everybody is there, as far as they are to come."""
    scene.round_ = await _round(scene)
    scene.seats = [Seat(number) for number in range(1, SEATS + 1)]
    _known_sign_ins(scene)
    await asyncio.gather(*(_seat(scene, seat) for seat in scene.seats))
    await asyncio.gather(
        *(_go(scene, SEATS + place, goal) for place, goal in enumerate(ON_THEIR_WAY, 1)),
    )


def _known_sign_ins(scene: Scene) -> None:
    """The first two are the volunteers whose sign-ins everybody is shown."""
    for seat, key in zip(scene.seats, ("volunteer", "volunteer_two"), strict=False):
        seat.person, seat.caller = scene.person(key), scene.as_(key)


async def _seat(scene: Scene, seat: Seat) -> None:
    volunteer = await _go(scene, seat.number, "available")
    seat.volunteer = volunteer["id"]
    if volunteer["person"] is None:
        await scene.sign_in(seat)
        body = {"person": str(seat.person)}
        await scene.as_("coordinator").move(f"/v1/volunteers/{seat.volunteer}/sign-in", body)


async def _go(scene: Scene, number: int, goal: str) -> dict[str, Any]:
    """One volunteer up to the goal; the record as it then is."""
    coordinator = scene.as_("coordinator")
    external = {"system": SYSTEM, "id": f"demo-{number:02d}"}
    query = {"external_system": external["system"], "external_id": external["id"]}
    found = (await coordinator.get("/v1/volunteers", **query))["items"]
    if not found:
        offered = {"capacity": 5, "visits_a_week": 15}
        body = volunteers.volunteer_body(number, scene.today, external_id=external, **offered)
        await coordinator.post("/v1/volunteers", body)
        found = (await coordinator.get("/v1/volunteers", **query))["items"]
    known: dict[str, Any] = found[0]
    path = f"/v1/volunteers/{known['id']}"
    if known["status"] == "enquired" and _wanted(goal, "applied"):
        await coordinator.move(f"{path}/apply", _APPLICATION)
    if known["status"] in {"enquired", "applied", "in_training"} and _wanted(goal, "in_training"):
        await _induct(scene, known["id"], goal)
    if known["status"] in _ORDER[:4] and goal == "available":
        await volunteers.clear(coordinator, known["id"], scene.person("coordinator"), scene.today)
        await scene.feed.until("volunteer.cleared", volunteer=known["id"])
    return known


def _wanted(goal: str, step: str) -> bool:
    return _ORDER.index(goal) >= _ORDER.index(step)


async def _induct(scene: Scene, volunteer: str, goal: str) -> None:
    trainer, round_ = scene.as_("trainer"), scene.round_
    known = await items(trainer, "/v1/inductions", volunteer=volunteer)
    induction = known[0] if known else (await trainer.post("/v1/inductions", {"volunteer": volunteer})).document
    if induction["status"] != "in_progress" or round_ is None or (known and goal == "in_training"):
        return
    parts = PARTS[:1] if goal == "in_training" else PARTS
    await volunteers.attend(trainer, induction["id"], round_, parts)
    if goal != "in_training":
        await trainer.move(f"/v1/inductions/{induction['id']}/decision", {"decision": "qualified"})


async def _round(scene: Scene) -> Induction:
    """The round of inductions, found by its title or planned now."""
    trainer = scene.as_("trainer")
    programmes = [one for one in await items(trainer, "/v1/programmes") if one["title"] == TITLE]
    for programme in programmes:
        for course in await items(trainer, "/v1/courses", programme=programme["id"]):
            sessions = await items(trainer, "/v1/sessions", course=course["id"])
            if len(sessions) == len(PARTS):
                return Induction(UUID(course["id"]), tuple(UUID(one["id"]) for one in sessions))
    first = scene.today - timedelta(days=360)
    return await volunteers.plan_induction(trainer, [scene.person("trainer")], first, TITLE)
