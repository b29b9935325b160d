"""Plans as callers are shown them: exact to the scheme, with few families withheld to everybody else."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.models import MatchPlan, PlanLack, PlanPair
from services.matching.schemas.plans import (
    LackOut,
    PairOut,
    PassedOverOut,
    PlanOut,
    ProgressOut,
    ReachedOut,
    RecruitmentOut,
    RecruitOut,
)
from services.matching.service.desk import Desk
from services.matching.service.plan_work import LACK, REPORT, WHY
from shared import audit
from shared.auth import Role
from shared.crypto import Cipher, Subject
from shared.db import work_of
from shared.disclosure.policy import DEFAULT


def show(session: AsyncSession, plan: MatchPlan) -> PlanOut:
    """One plan."""
    audit.saw(session, "match-plan", plan.id)
    progress = None
    if plan.stage is not None and plan.stage_at is not None:
        progress = ProgressOut(stage=plan.stage, since=plan.stage_at, attempts=plan.attempts)
    return PlanOut(
        id=plan.id,
        version=plan.version,
        status=plan.status,
        objective=plan.objective,
        based_on=plan.based_on_id,
        planned_length_weeks=plan.weeks_planned,
        asked=plan.asked,
        policy_version=plan.policy_version,
        totals=ReachedOut.model_validate(plan.totals) if plan.totals else None,
        refusal=plan.refusal,
        progress=progress,
        created_at=plan.created_at,
        planned_at=plan.planned_at,
    )


async def show_pairs(
    session: AsyncSession, desk: Desk, rows: Sequence[PlanPair], changed: Mapping[UUID, list[str]]
) -> list[PairOut]:
    """Pairs with their reasons; whose case was erased has none any more."""
    ciphers = await _ciphers(session, desk, rows)
    if rows:
        audit.saw(session, "match-plan-pair", *(row.id for row in rows))
    return [_pair(row, ciphers.get(Subject.case(row.family_id)), changed.get(row.id, [])) for row in rows]


async def show_lacks(session: AsyncSession, desk: Desk, rows: Sequence[PlanLack]) -> list[LackOut]:
    """Families with places that stay empty, and what they lack."""
    ciphers = await _ciphers(session, desk, rows)
    if rows:
        audit.saw(session, "match-plan-lack", *(row.id for row in rows))
    return [_lack(row, ciphers.get(Subject.case(row.family_id))) for row in rows]


async def show_recruitment(session: AsyncSession, desk: Desk, plan: MatchPlan) -> RecruitmentOut:
    """Exact for who matches; to anybody else no line that few families lack, nor any by which these could be told."""
    audit.saw(session, "match-plan", plan.id)
    cipher = await desk.vault.cipher(plan.partnership_id, Subject.case(plan.id))
    lines = [_recruit(one) for one in orjson.loads(cipher.open(REPORT, plan.report))] if plan.report else []
    if {Role.COORDINATOR, Role.PROJECT_MANAGER} & set(work_of(session).roles):
        return RecruitmentOut(plan=plan.id, lines=lines, withheld=False)
    told = [one.model_copy(update={"outcodes": []}) for one in lines if not DEFAULT.small(one.families)]
    return RecruitmentOut(plan=plan.id, lines=told, withheld=True)


async def _ciphers(
    session: AsyncSession, desk: Desk, rows: Sequence[PlanPair] | Sequence[PlanLack]
) -> dict[Subject, Cipher]:
    subjects = {Subject.case(row.family_id) for row in rows}
    return await desk.vault.ciphers(work_of(session).partnership, subjects) if subjects else {}


def _pair(row: PlanPair, cipher: Cipher | None, changed: list[str]) -> PairOut:
    why: dict[str, Any] = orjson.loads(cipher.open(WHY, row.why)) if cipher else {}
    return PairOut(
        id=row.id,
        match_request=row.match_request_id,
        family=row.family_id,
        volunteer=row.volunteer_id,
        score=row.score,
        pinned=row.pinned,
        place=why.get("place"),
        of=why.get("of"),
        passed_over=[PassedOverOut.model_validate(one) for one in why.get("passed_over") or ()],
        match=row.match_id,
        accepted_at=row.accepted_at,
        changed=changed,
    )


def _lack(row: PlanLack, cipher: Cipher | None) -> LackOut:
    lack: dict[str, Any] = orjson.loads(cipher.open(LACK, row.lack)) if cipher else {}
    return LackOut(
        id=row.id,
        match_request=row.match_request_id,
        family=row.family_id,
        places=row.places,
        eligible=lack.get("eligible", 0),
        kept_away=dict(lack.get("kept_away", ())),
        slots=lack.get("slots", []),
        languages=lack.get("languages", []),
        skills=lack.get("skills", []),
        area=lack.get("area"),
    )


def _recruit(one: dict[str, Any]) -> RecruitOut:
    counts = {name: one[name] for name in ("volunteers", "places_each", "families")}
    return RecruitOut(**counts, **one["kind"])
