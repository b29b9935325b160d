"""A family's volunteer in the demonstration: plan, match, signatures, visits, the end."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from deploy.local.acts import outcomes, referrals
from deploy.local.client import Caller
from deploy.local.demo.case import Case
from deploy.local.demo.population import Goal
from deploy.local.demo.scene import Scene, Seat, items

MET: Final = 14
STARTED: Final = 15
_WEEKS: Final = 52
_OVER: Final = frozenset({"ended", "cancelled"})


async def play(case: Case, actions: dict[UUID, str]) -> None:
    """From the draft of the involvement plan to the visits, as far as the goal says."""
    if case.reached("active"):
        return
    plan = await _draft(case, actions)
    if case.plan.goal < Goal.MATCHED:
        return
    seat = _seat(case)
    match = await _match(case, seat)
    await _agree(case, seat, match)
    if case.plan.goal < Goal.ACTIVE:
        return
    await _sign(case, seat, plan)
    await _start(case, match["id"])
    await _visit(case, seat, match["id"])


def _seat(case: Case) -> Seat:
    seats = case.scene.seats
    return seats[case.plan.number % len(seats)]


async def _draft(case: Case, actions: dict[UUID, str]) -> dict[str, Any]:
    """The newest version, drafted now if there is none."""
    coordinator, path = case.scene.as_("coordinator"), f"{case.path}/involvement-plans"
    known = [] if case.is_new else (await coordinator.get(path)).document
    if known:
        newest: dict[str, Any] = known[-1]
        return newest
    signatories = [
        ("lead_practitioner", case.scene.person("lead_practitioner")),
        ("project_manager", case.scene.person("project_manager")),
        ("parent", case.family.parent),
    ]
    children = case.family.children
    tasks = referrals.tasks_of(children, [actions[child] for child in children])
    body = referrals.plan_body(tasks, signatories, case.scene.today + timedelta(days=60))
    drafted: dict[str, Any] = (await coordinator.post(path, body)).document
    return drafted


async def _match(case: Case, seat: Seat) -> dict[str, Any]:
    coordinator = case.scene.as_("coordinator")
    referral = case.referral["id"]
    known = [] if case.is_new else await items(coordinator, "/v1/matches", referral=referral)
    living = [one for one in known if one["status"] not in _OVER]
    if living:
        return living[0]
    request = await _request(case, coordinator)
    await coordinator.post(f"/v1/match-requests/{request}/proposals")
    body = {
        "match_request": request,
        "volunteer": seat.volunteer,
        "planned_from": case.day(STARTED).isoformat(),
        "planned_length_weeks": _WEEKS,
        "review_on": case.day(STARTED + 84).isoformat(),
        "override_reason": "Knows the neighbourhood well.",
    }
    made: dict[str, Any] = (await coordinator.post("/v1/matches", body)).document
    return made


async def _request(case: Case, coordinator: Caller) -> str:
    """The request that matching opens when it hears of the acceptance."""
    referral = case.referral["id"]
    found = await coordinator.get("/v1/match-requests", referral=referral)
    if found["items"]:
        return str(found["items"][0]["id"])
    opened = await case.scene.feed.until("match-request.opened", referral=referral)
    return str(opened["data"]["match_request"])


async def _agree(case: Case, seat: Seat, match: dict[str, Any]) -> None:
    if match["status"] != "proposed":
        return
    coordinator, path = case.scene.as_("coordinator"), f"/v1/matches/{match['id']}/agreements"
    given = set() if case.is_new else {one["party"] for one in (await coordinator.get(path)).document}
    if "volunteer" not in given:
        volunteer = await case.scene.sign_in(seat)
        await volunteer.post(path, {"party": "volunteer", "answer": "agreed"})
    if "family" not in given:
        said = referrals.on_behalf_of(case.family.parent, party="family", answer="agreed")
        await coordinator.post(path, said)
    if "project_manager" not in given:
        await case.scene.as_("project_manager").post(path, {"party": "project_manager", "answer": "agreed"})


async def _sign(case: Case, seat: Seat, plan: dict[str, Any]) -> None:
    """Everybody who has not signed yet."""
    scene, path = case.scene, f"/v1/involvement-plans/{plan['id']}"
    waiting = {"lead_practitioner", "project_manager", "parent", "volunteer"}
    if not case.is_new:
        shown = await scene.as_("coordinator").get(path)
        waiting -= {one["role"] for one in shown["signatories"] if one["state"] != "waiting"}
    for role in ("lead_practitioner", "project_manager"):
        if role in waiting:
            await scene.as_(role).post(f"{path}/signatures", {"decision": "agreed"})
    if "volunteer" in waiting:
        await (await scene.sign_in(seat)).post(f"{path}/signatures", {"decision": "agreed"})
    if "parent" in waiting:
        said = referrals.on_behalf_of(case.family.parent, decision="agreed")
        await scene.as_("coordinator").post(f"{path}/signatures", said)


async def _start(case: Case, match: str) -> None:
    coordinator, path = case.scene.as_("coordinator"), f"/v1/matches/{match}"
    status = (await coordinator.get(path))["status"]
    if status == "agreed":
        met = {"met_on": case.day(MET).isoformat(), "led_by": str(case.scene.person("coordinator"))}
        await coordinator.move(f"{path}/introduce", met)
    if status in {"agreed", "introduced"}:
        await coordinator.move(f"{path}/start", {"started_on": case.day(STARTED).isoformat()})


async def _visit(case: Case, seat: Seat, match: str) -> None:
    """A visit that happened yesterday, with its record, and one that is to come."""
    if case.plan.goal != Goal.ACTIVE:
        return
    coordinator, path = case.scene.as_("coordinator"), f"/v1/matches/{match}"
    if not case.is_new and await items(coordinator, f"{path}/visits"):
        return
    volunteer = await case.scene.sign_in(seat)
    visit = (await volunteer.post(f"{path}/visits", _hours(case.scene, -1))).id
    await volunteer.move(f"{path}/visits/{visit}/outcome", {"outcome": "happened"})
    record = {
        "visit": visit,
        "seen": [{"child": str(child), "seen": True} for child in case.family.children],
        "tasks_done": [],
        "notes": "We cooked together and planned the week.",
    }
    await volunteer.post(f"{path}/contacts", record)
    await volunteer.post(f"{path}/visits", _hours(case.scene, 6))


def _hours(scene: Scene, days: int) -> dict[str, str]:
    starts = datetime.combine(scene.today + timedelta(days=days), datetime.min.time(), UTC) + timedelta(hours=15)
    return {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}


async def conclude(case: Case) -> None:
    """The end: everybody's evaluation, the closing reading, then concluded."""
    if case.referral["status"] == "concluded":
        return
    scene, manager, referral = case.scene, case.scene.as_("project_manager"), case.referral["id"]
    shown = await manager.get(case.path)
    if shown["status"] == "accepted":
        await scene.feed.until("referral.activated", referral=referral)
    if shown["status"] != "ending":
        await manager.move(f"{case.path}/begin-ending")
    await _evaluate(case, manager)
    await manager.move(f"{case.path}/conclude", {"reason_code": "completed"})


async def _evaluate(case: Case, manager: Caller) -> None:
    family, referral = case.family, case.referral["id"]
    query = {"family": family.id, "referral": referral}
    known = [] if case.is_new else await items(manager, "/v1/evaluations", **query)
    said = {"on_behalf_of": str(family.parent), "method": "in_person"}
    volunteer = {"volunteer": _seat(case).volunteer}
    conducted = (case.scene.person("project_manager"), case.scene.today)
    voices: dict[str, dict[str, str]] = {"family": said, "lead_practitioner": {}, "volunteer": volunteer}
    for by, other in voices.items():
        if by not in {one["by"] for one in known}:
            body = outcomes.evaluation_body(family.id, referral, by, conducted, **other)
            await manager.post("/v1/evaluations", body)
    closing = [] if case.is_new else await items(manager, "/v1/readings", **query, occasion="closing")
    if not any(one["instrument"] == "family_star" for one in closing):
        areas = {"area_1": 7, "area_2": 8, "area_3": 7, "area_4": 9}
        await outcomes.closing_reading(manager, family.id, referral, case.day(268), areas)
