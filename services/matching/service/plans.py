"""Plans: asked for with pins and what is left out, called off; and what every plan is checked for beforehand."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import planned_until
from services.matching.domain.needs import Candidate, Need
from services.matching.domain.planning.problem import Family, Pair, Problem, Volunteer, contradictions
from services.matching.domain.plans import PLANS, PlanStatus, Refusal, Stage
from services.matching.domain.scoring import Weigher
from services.matching.models import MatchPlan, MatchRequest
from services.matching.repository import plans as repository
from services.matching.repository import requests
from services.matching.schemas.plans import PinIn, PlanIn
from services.matching.service import choosing, policies, pool, proposals
from services.matching.service import requests as requesting
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared import audit, clocks, history, outbox
from shared.crypto import Subject
from shared.db import now_of, work_of
from shared.errors import Conflict, Invalid, NotFound, invalid
from shared.etag import Match as Version
from shared.events.matching import MatchPlanCancelled
from shared.ids import new_id

KIND: Final = "match-plan"
REASONS: Final = "match_plans.reasons"
_NOT_YET: Final = Conflict("The plan is not computed yet, or was refused or called off.", name="plan-not-ready")


async def ask_for(session: AsyncSession, desk: Desk, body: PlanIn, organisation: UUID) -> MatchPlan:
    """Have a plan computed; pins that cannot be kept, or that a rule stands against, are refused beforehand."""
    based_on = await _former(session, body)
    policy = await policies.current(session)
    weeks = body.planned_length_weeks or policy.planned_weeks
    await _check_pins(session, desk, body, weeks)
    plan = MatchPlan(
        id=new_id(),
        partnership_id=work_of(session).partnership,
        organisation_id=organisation,
        objective=based_on.objective if based_on else body.objective,
        status=PlanStatus.COMPUTING,
        asked=_asked(body),
        weeks_planned=weeks,
        based_on_id=body.based_on,
        stage=Stage.WAITING,
        stage_at=now_of(session),
        created_at=now_of(session),
        created_by=work_of(session).actor,
    )
    why = {f"{pin.match_request} {pin.volunteer}": pin.override_reason for pin in body.pins if pin.override_reason}
    if why:
        cipher = await desk.vault.cipher(plan.partnership_id, Subject.case(plan.id))
        plan.reasons = cipher.seal(REASONS, orjson.dumps(why).decode())
    session.add(plan)
    history.record(session, "match-plan", plan.id, (None, PlanStatus.COMPUTING))
    await clocks.start(session, KIND, plan.id, now_of(session))
    audit.saw(session, "match-plan", plan.id)
    return plan


async def cancel(session: AsyncSession, plan_id: UUID, version: Version) -> MatchPlan:
    """Call the computation off, or put the plan aside; matches that came of it stay."""
    plan = await repository.get(session, plan_id, lock=True)
    version.check(plan)
    audit.saw(session, "match-plan", plan.id)
    move(session, plan, PlanStatus.CANCELLED)
    plan.stage = plan.stage_at = None
    await clocks.stop(session, KIND, plan.id)
    outbox.add(session, MatchPlanCancelled(plan=plan.id), audience=[plan.organisation_id])
    return plan


async def get_planned(session: AsyncSession, plan_id: UUID, *, lock: bool = False) -> MatchPlan:
    """The plan, once it is computed; 409 `plan-not-ready` before."""
    plan = await repository.get(session, plan_id, lock=lock)
    audit.saw(session, "match-plan", plan.id)
    if plan.status is not PlanStatus.PLANNED:
        raise _NOT_YET
    return plan


def move(session: AsyncSession, plan: MatchPlan, to: PlanStatus, refusal: Refusal | None = None) -> None:
    """Move the plan, with history."""
    before, plan.status = plan.status, PLANS.move(plan.status, to)
    plan.refusal = refusal
    history.record(session, "match-plan", plan.id, (before, to), reason_code=refusal)


async def reasons_of(desk: Desk, plan: MatchPlan) -> dict[str, str]:
    """Why pins pass over a rule, by request and volunteer."""
    if plan.reasons is None:
        return {}
    cipher = await desk.vault.cipher(plan.partnership_id, Subject.case(plan.id))
    found: dict[str, str] = orjson.loads(cipher.open(REASONS, plan.reasons))
    return found


async def _former(session: AsyncSession, body: PlanIn) -> MatchPlan | None:
    if body.based_on is None:
        return None
    try:
        return await get_planned(session, body.based_on)
    except NotFound:
        raise invalid("/based_on", "not-found", "is no plan of this partnership") from None


def _asked(body: PlanIn) -> dict[str, Any]:
    return {
        "pinned": [[str(one.match_request), str(one.volunteer)] for one in body.pins],
        "forbidden": [[str(one.match_request), str(one.volunteer)] for one in body.forbids],
        "without_volunteers": sorted(map(str, body.without_volunteers)),
        "without_families": sorted(map(str, body.without_requests)),
    }


async def _check_pins(session: AsyncSession, desk: Desk, body: PlanIn, weeks: int) -> None:
    if not body.pins:
        return
    found = [await _request(session, at, pin) for at, pin in enumerate(body.pins)]
    day = today(session)
    known = await pool.read(session, desk, Need(), day, planned_until(day, weeks))
    candidates = {one.id: one for one in known.candidates}
    _require_kept(body, found, candidates)
    policy = await policies.current(session)
    for pin, request in zip(body.pins, found, strict=True):
        need = (await requesting.open_facts(session, desk, request)).need()
        weigher = Weigher(need, policy, await pool.ties_of(session, request))
        against = weigher.exclusions(candidates[pin.volunteer])
        if against:
            choosing.require_override(session, against, pin.override_reason)


async def _request(session: AsyncSession, at: int, pin: PinIn) -> MatchRequest:
    try:
        request = await requests.get(session, pin.match_request)
    except NotFound:
        raise invalid(f"/pins/{at}/match_request", "not-found", "is no request of this partnership") from None
    audit.saw(session, "match-request", request.id, family=request.family_id)
    await proposals.require_visited(session, request)
    return request


def _require_kept(body: PlanIn, found: Sequence[MatchRequest], candidates: dict[UUID, Candidate]) -> None:
    """422 with one problem for each pin that cannot be kept beside the others."""
    wanted = {one.id: one.volunteers_wanted - one.places_taken for one in found if proposals.can_be_filled(one)}
    problem = Problem(
        [Family(one, count) for one, count in wanted.items() if one not in body.without_requests and count > 0],
        [
            Volunteer(one.volunteer, max(1, _left(candidates[one.volunteer])))
            for one in body.pins
            if one.volunteer in candidates and one.volunteer not in body.without_volunteers
        ],
        [],
        [Pair(one.match_request, one.volunteer, 0) for one in body.pins],
        frozenset((one.match_request, one.volunteer) for one in body.forbids),
    )
    wrong = contradictions(problem)
    if wrong:
        raise Invalid([{"pointer": f"/pins/{one.at}", "code": one.why, "message": one.why} for one in wrong])


def _left(one: Candidate) -> int:
    return one.capacity - one.places_taken
