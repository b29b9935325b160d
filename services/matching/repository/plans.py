"""Finds plans, their pairs, and what a plan is computed from."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import MatchStatus, RequestStatus
from services.matching.domain.plans import Stage
from services.matching.domain.volunteers import WORKING
from services.matching.models import (
    Conflict,
    Match,
    MatchPlan,
    MatchRequest,
    PlanLack,
    PlanPair,
    ReferralFact,
    Volunteer,
)
from services.matching.models import RefusedVolunteer as Refused
from shared.db import now_of
from shared.errors import NotFound
from shared.ids import new_id


async def get(session: AsyncSession, plan_id: UUID, *, lock: bool = False) -> MatchPlan:
    plan = await session.get(MatchPlan, plan_id, with_for_update=lock, populate_existing=lock)
    if plan is None:
        raise NotFound
    return plan


async def list_page(session: AsyncSession, before: UUID | None, limit: int) -> Sequence[MatchPlan]:
    """Newest first; one more than `limit`."""
    query = select(MatchPlan).order_by(col(MatchPlan.id).desc()).limit(limit + 1)
    if before:
        query = query.where(col(MatchPlan.id) < before)
    return (await session.exec(query)).all()


async def list_pairs(
    session: AsyncSession, plan_id: UUID, after: UUID | None, limit: int, *, open_only: bool = False
) -> Sequence[PlanPair]:
    """By id; one more than `limit`. With `open_only` those that nobody has accepted."""
    query = select(PlanPair).where(PlanPair.plan_id == plan_id).order_by(col(PlanPair.id)).limit(limit + 1)
    if after:
        query = query.where(col(PlanPair.id) > after)
    if open_only:
        query = query.where(col(PlanPair.match_id).is_(None))
    return (await session.exec(query)).all()


async def count_open(session: AsyncSession, plan_id: UUID) -> int:
    """How many pairs nobody has accepted."""
    query = select(func.count()).where(PlanPair.plan_id == plan_id, col(PlanPair.match_id).is_(None))
    return (await session.exec(query)).one()


async def list_pinned(session: AsyncSession, plan_id: UUID) -> Sequence[PlanPair]:
    query = select(PlanPair).where(PlanPair.plan_id == plan_id, col(PlanPair.pinned))
    return (await session.exec(query.order_by(col(PlanPair.id)))).all()


async def get_pair(session: AsyncSession, plan_id: UUID, pair_id: UUID) -> PlanPair:
    query = select(PlanPair).where(PlanPair.plan_id == plan_id, PlanPair.id == pair_id).with_for_update()
    pair = (await session.exec(query.execution_options(populate_existing=True))).one_or_none()
    if pair is None:
        raise NotFound
    return pair


async def list_lacks(session: AsyncSession, plan_id: UUID, after: UUID | None, limit: int) -> Sequence[PlanLack]:
    """By id; one more than `limit`."""
    query = select(PlanLack).where(PlanLack.plan_id == plan_id).order_by(col(PlanLack.id)).limit(limit + 1)
    if after:
        query = query.where(col(PlanLack.id) > after)
    return (await session.exec(query)).all()


async def list_waiting(session: AsyncSession) -> Sequence[MatchRequest]:
    """Requests that look for somebody, after the assessment visit, by id; not of a referral that is ending."""
    found: Sequence[MatchRequest] = (await session.exec(_that_wait(select(MatchRequest)))).all()
    return found


async def list_wanting(session: AsyncSession) -> Sequence[Any]:
    """Of the same requests only `id`, `family_id`, `volunteers_wanted` and `places_taken`, and no objects."""
    columns = (MatchRequest.id, MatchRequest.family_id, MatchRequest.volunteers_wanted, MatchRequest.places_taken)
    return (await session.execute(_that_wait(select(*columns)))).all()


def _that_wait(query: Any) -> Any:
    return (
        query.join(ReferralFact, col(ReferralFact.referral_id) == col(MatchRequest.referral_id))
        .where(
            MatchRequest.status == RequestStatus.OPEN.value,
            col(MatchRequest.places_taken) < col(MatchRequest.volunteers_wanted),
            col(ReferralFact.visited_on).is_not(None),
            ~col(ReferralFact.ending),
            col(ReferralFact.ended_as).is_(None),
        )
        .order_by(col(MatchRequest.id))
    )


async def copy_pairs(
    session: AsyncSession, plan: MatchPlan, pairs: Sequence[Sequence[str]], without: Collection[UUID]
) -> None:
    """These pairs of the plan that this one is based on, as they are there, but for those of these families."""
    given = {
        "plan": plan.id,
        "former": plan.based_on_id,
        "ids": [new_id() for _ in pairs],
        "requests": [UUID(one) for one, _ in pairs],
        "volunteers": [UUID(one) for _, one in pairs],
        "without": list(without),
    }
    await session.execute(_COPIED, given)


async def requests_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, MatchRequest]:
    query = select(MatchRequest).where(col(MatchRequest.id).in_(list(ids)))
    return {one.id: one for one in await session.exec(query)}


async def conflicts(session: AsyncSession) -> Sequence[tuple[UUID, UUID, str]]:
    """(family, volunteer, kind) of all that is noted."""
    return (await session.exec(select(Conflict.family_id, Conflict.volunteer_id, Conflict.kind))).all()


async def refused(session: AsyncSession) -> Sequence[tuple[UUID, UUID]]:
    """(family, volunteer) of whom a family does not want."""
    query = select(Refused.family_id, Refused.volunteer_id).where(col(Refused.lifted_at).is_(None))
    return (await session.exec(query)).all()


async def ended(session: AsyncSession) -> Sequence[tuple[UUID, UUID, str | None]]:
    """(family, volunteer, reason) of matches that have ended."""
    query = select(Match.family_id, Match.volunteer_id, Match.reason_code)
    return (await session.exec(query.where(Match.status == MatchStatus.ENDED.value))).all()


async def live_pairs(session: AsyncSession, requests: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """(request, volunteer) of live matches of these requests: the same volunteer is not proposed twice."""
    live = [one.value for one in MatchStatus if one not in (MatchStatus.ENDED, MatchStatus.CANCELLED)]
    query = select(Match.match_request_id, Match.volunteer_id).where(col(Match.status).in_(live))
    return {(one, other) for one, other in await session.exec(query) if one in requests}


async def free_places(session: AsyncSession) -> dict[UUID, int]:
    """How many places each volunteer has left who may be with families."""
    query = select(Volunteer.id, Volunteer.capacity, Volunteer.places_taken)
    rows = await session.exec(query.where(col(Volunteer.status).in_([one.value for one in WORKING])))
    return {one: capacity - taken for one, capacity, taken in rows}


async def note_stage(session: AsyncSession, plan_id: UUID, stage: Stage) -> bool:
    """Whether the plan is still wanted. Without a new version: for who looks on nothing has changed."""
    given = {"id": plan_id, "stage": stage.value, "now": now_of(session)}
    found: Row[tuple[UUID]] | None = (await session.execute(_STAGE, given)).first()
    return found is not None


_COPIED: Final = text(
    "INSERT INTO match_plan_pairs (id, partnership_id, plan_id, match_request_id, family_id, volunteer_id, score,"
    " pinned, why) SELECT w.id, p.partnership_id, :plan, p.match_request_id, p.family_id, p.volunteer_id, p.score,"
    " false, p.why FROM unnest(:ids, :requests, :volunteers) AS w(id, request, volunteer)"
    " JOIN match_plan_pairs p ON p.plan_id = :former AND p.match_request_id = w.request"
    " AND p.volunteer_id = w.volunteer WHERE p.family_id <> ALL (:without)"
).bindparams(
    bindparam("plan", type_=Uuid),
    bindparam("former", type_=Uuid),
    *(bindparam(name, type_=ARRAY(Uuid)) for name in ("ids", "requests", "volunteers", "without")),
)
_STAGE: Final = text(
    "UPDATE match_plans SET stage = :stage, stage_at = :now WHERE id = :id AND status = 'computing' RETURNING id"
)
