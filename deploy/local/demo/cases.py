"""Plays one family's referral as far as it is to come; what is there already is left as it is."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deploy.local.acts import referrals
from deploy.local.acts.households import SYSTEM, Family, Household
from deploy.local.acts.referrals import Days
from deploy.local.demo import children, matches
from deploy.local.demo.case import Case
from deploy.local.demo.population import FamilyPlan, Goal
from deploy.local.demo.scene import Scene
from shared.calendar import civil_date

VISITED = 5
DRAFTED = 8
_REASONS = {"decline": "no_capacity", "signpost": "other_service_fits", "withdraw": "family_declined"}


async def play(scene: Scene, plan: FamilyPlan) -> None:
    """The whole way of one family, up to its goal."""
    case = await _open(scene, plan)
    await _refer(case)
    await _decide(case)
    if plan.out or plan.goal < Goal.ACCEPTED:
        return
    actions = await children.begin(case)
    if plan.goal >= Goal.VISITED:
        await _visit(case)
    if plan.goal >= Goal.PLANNED:
        await matches.play(case, actions)
    await children.turn(case)
    if plan.goal >= Goal.CONCLUDED:
        await matches.conclude(case)


async def _open(scene: Scene, plan: FamilyPlan) -> Case:
    system = scene.as_("la_system")
    found = await system.get("/v1/families", external_system=SYSTEM, external_id=plan.reference)
    days = Days(scene.today - timedelta(days=plan.received_days_ago))
    if not found["items"]:
        household = Household(plan.reference, plan.number, plan.children, scene.today)
        return Case(scene, plan, await referrals.register(system, household), days, is_new=True)
    shown = (await system.get(f"/v1/families/{found['items'][0]['id']}")).document
    referral = scene.referrals.get(shown["id"], {})
    if referral:
        days = Days(civil_date(datetime.fromisoformat(referral["received_at"])))
    return Case(scene, plan, _family(shown), days, is_new=False, referral=referral)


async def _refer(case: Case) -> None:
    scene, system = case.scene, case.scene.as_("la_system")
    if not case.referral:
        worker = scene.person("social_worker")
        body = referrals.referral_body(case.family, scene.scheme, case.days, worker)
        if case.plan.received_days_ago == 0:
            del body["received_at"]
        case.referral = (await system.post("/v1/referrals", body)).document
    if case.plan.goal >= Goal.SUBMITTED and not case.reached("submitted"):
        await case.move(system, "submit", _at(case, 0, 11))


async def _decide(case: Case) -> None:
    manager, plan = case.scene.as_("project_manager"), case.plan
    if plan.goal >= Goal.TRIAGED and not case.reached("under_triage"):
        await case.move(manager, "triage", _at(case, 0, 14))
    if plan.goal >= Goal.ACCEPTED and not case.reached("accepted"):
        if case.referral["risk_state"] != "assessed":
            await referrals.assess_risk(case.scene.as_("coordinator"), case.referral["id"], case.days)
        await case.move(manager, "accept", _at(case, 1, 15))
    if plan.out and case.referral["status"] in {"under_triage", "accepted"}:
        await case.move(manager, plan.out, {"reason_code": _REASONS[plan.out], **_at(case, 2, 12)})


def _at(case: Case, after: int, hour: int) -> dict[str, str]:
    """When it happened, for what is not of today or yesterday."""
    return {"happened_at": case.days.at(after, hour)} if case.plan.received_days_ago > after + 1 else {}


async def _visit(case: Case) -> None:
    if case.referral["assessment_visit_on"] is None:
        body = referrals.visit_body(case.days, case.scene.person("coordinator"), VISITED)
        await case.scene.as_("coordinator").post(f"{case.path}/assessment-visit", body)


def _family(shown: dict[str, Any]) -> Family:
    grown = [UUID(one["person"]) for one in shown["members"] if one["role"] != "child"]
    young = tuple(UUID(one["person"]) for one in shown["members"] if one["role"] == "child")
    return Family(UUID(shown["id"]), grown[0], young)
