"""What tests of places do: ask for them, give them back, look at who has one."""

import json
from datetime import timedelta
from typing import Any

import httpx

from services.training.tests.factories import Team

IN_TEN_DAYS = timedelta(days=10)


async def planned(team: Team, **changed: Any) -> str:
    return str((await team.session(**({"starts": IN_TEN_DAYS} | changed)))["id"])


async def ask(team: Team, session: str, **body: Any) -> httpx.Response:
    return await team.trainer.post(f"/v1/sessions/{session}/bookings", {"organisation": "Victory Chapel"} | body)


async def asked(team: Team, session: str, **body: Any) -> dict[str, Any]:
    answer = await ask(team, session, **body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def give_back(team: Team, booking: dict[str, Any]) -> httpx.Response:
    body = {"reason_code": "not_coming"}
    return await team.trainer.post(f"{path_of(booking)}/cancel", body, match=booking["version"])


def path_of(booking: dict[str, Any]) -> str:
    return f"/v1/sessions/{booking['session']}/bookings/{booking['id']}"


async def replan(team: Team, session: str, **changed: Any) -> httpx.Response:
    known = (await team.trainer.get(f"/v1/sessions/{session}")).json()
    plan = {key: known[key] for key in ("title", "place", "starts_at", "ends_at", "capacity", "trainers")}
    return await team.trainer.post(f"/v1/sessions/{session}/replan", plan | changed, match=known["version"])


async def statuses(team: Team, session: str) -> list[str]:
    """In the order of asking."""
    listed = (await team.trainer.get(f"/v1/sessions/{session}/bookings?limit=200")).json()["items"]
    return [one["status"] for one in listed]


async def places(team: Team, session: str) -> tuple[int, int, int, int]:
    counted = (await team.trainer.get(f"/v1/sessions/{session}/places")).json()
    return (counted["capacity"], counted["booked"], counted["free"], counted["waiting"])


async def told(team: Team, kind: str) -> list[dict[str, Any]]:
    return [json.loads(data) for name, data in await team.training.outbox(team.partnership) if name == kind]
