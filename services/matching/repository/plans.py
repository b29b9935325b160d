"""Finds plans, their pairs, and what a plan is computed from."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Uuid, bindparam, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import MatchStatus, RequestStatus
from services.matching.domain.plans import Stage
from services.matching.models import (
    Conflict,
    Match,
    MatchPlan,
    MatchRequest,
    PlanLack,
    PlanPair,
    ReferralFact,
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


async def list_lacks_of(session: AsyncSession, plan_id: UUID, requests: Collection[UUID]) -> Sequence[PlanLack]:
    query = select(PlanLack).where(PlanLack.plan_id == plan_id, _one_of(col(PlanLack.match_request_id), requests))
    return (await session.exec(query)).all()


async def list_waiting(session: AsyncSession, wanted: Collection[UUID] | None = None) -> Sequence[MatchRequest]:
    """Requests that look for somebody, after the assessment visit, by id; not of a referral that is ending.

    All of them, or those of them that are `wanted`.
    """
    query = (
        select(MatchRequest)
        .join(ReferralFact, col(ReferralFact.referral_id) == col(MatchRequest.referral_id))
        .where(
            MatchRequest.status == RequestStatus.OPEN.value,
            col(MatchRequest.places_taken) < col(MatchRequest.volunteers_wanted),
            col(ReferralFact.visited_on).is_not(None),
            ~col(ReferralFact.ending),
            col(ReferralFact.ended_as).is_(None),
        )
        .order_by(col(MatchRequest.id))
    )
    if wanted is not None:
        query = query.where(_one_of(col(MatchRequest.id), wanted))
    return (await session.exec(query)).all() if wanted is None or wanted else []


async def mark(session: AsyncSession, gone: Collection[UUID]) -> bytes:
    """Whom `list_waiting` lists, but for these families, as one value: the request's id, and which version of a row.

    `MARK_BYTES` for each row of the request, its referral, and what stands between the family and volunteers.
    """
    return bytes((await session.execute(_MARKED, {"gone": list(gone)})).scalar_one())


async def families_of(session: AsyncSession, requests: Collection[UUID]) -> dict[UUID, UUID]:
    """The family of each of these requests."""
    query = select(MatchRequest.id, MatchRequest.family_id).where(_one_of(col(MatchRequest.id), requests))
    return dict((await session.exec(query)).all())


async def list_asked(session: AsyncSession, plan_id: UUID) -> Sequence[dict[str, Any]]:
    """What was asked of a plan, and of each that it goes back to."""
    return (await session.execute(_ASKED, {"plan": plan_id})).scalars().all()


async def copy_pairs(
    session: AsyncSession, plan: MatchPlan, other: Sequence[Sequence[str]], without: Collection[UUID]
) -> None:
    """The pairs of the plan that this one is based on, as they are there.

    But for pins, for these `other` pairs, and for those of these families.
    """
    given = {
        "plan": plan.id,
        "former": plan.based_on_id,
        "ids": await _ids_for(session, PlanPair, plan.based_on_id),
        "requests": [UUID(one) for one, _ in other],
        "volunteers": [UUID(one) for _, one in other],
        "without": list(without),
    }
    await session.execute(_COPIED, given)


async def copy_lacks(session: AsyncSession, plan: MatchPlan, other: Sequence[str], without: Collection[UUID]) -> None:
    """The same of families with empty places, but for these `other` requests and these families."""
    given = {
        "plan": plan.id,
        "former": plan.based_on_id,
        "ids": await _ids_for(session, PlanLack, plan.based_on_id),
        "requests": list(map(UUID, other)),
        "without": list(without),
    }
    await session.execute(_COPIED_LACKS, given)


def _one_of(column: Mapped[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """One array and not so many parameters: there may be tens of thousands."""
    return column == func.any(bindparam("ids", list(ids), ARRAY(Uuid)))


async def _ids_for(session: AsyncSession, rows: type[PlanPair | PlanLack], plan_id: UUID | None) -> list[UUID]:
    """As many new ids as the plan has rows."""
    count = (await session.exec(select(func.count()).where(rows.plan_id == plan_id))).one()
    return [new_id() for _ in range(count)]


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
    return {(one, other) for one, other in await session.exec(query) if one in requests} if requests else set()


async def note_stage(session: AsyncSession, plan_id: UUID, stage: Stage) -> bool:
    """Whether the plan is still wanted. Without a new version: for who looks on nothing has changed."""
    given = {"id": plan_id, "stage": stage.value, "now": now_of(session)}
    found: Row[tuple[UUID]] | None = (await session.execute(_STAGE, given)).first()
    return found is not None


MARK_BYTES: Final = 28
_MARKED: Final = text(
    "WITH waits AS MATERIALIZED (SELECT r.id, r.family_id, r.xmin AS r_xmin, r.ctid AS r_ctid, f.xmin AS f_xmin,"
    " f.ctid AS f_ctid FROM match_requests r JOIN referral_facts f ON f.referral_id = r.referral_id"
    " WHERE r.status = 'open' AND r.places_taken < r.volunteers_wanted AND f.visited_on IS NOT NULL"
    " AND NOT f.ending AND f.ended_as IS NULL AND r.family_id <> ALL (:gone)),"
    " versions AS (SELECT 0 AS of, id, r_xmin AS x, r_ctid AS c FROM waits"
    " UNION ALL SELECT 1, id, f_xmin, f_ctid FROM waits"
    " UNION ALL SELECT 2, w.id, t.xmin, t.ctid FROM waits w JOIN volunteer_conflicts t ON t.family_id = w.family_id"
    " UNION ALL SELECT 3, w.id, t.xmin, t.ctid FROM waits w JOIN refused_volunteers t ON t.family_id = w.family_id"
    " UNION ALL SELECT 4, w.id, t.xmin, t.ctid FROM waits w JOIN matches t ON t.family_id = w.family_id)"
    " SELECT coalesce(string_agg(uuid_send(id) || int2send(of::int2) || xidsend(x) || tidsend(c), ''), '')"
    " FROM versions"
).bindparams(bindparam("gone", type_=ARRAY(Uuid)))
_ASKED: Final = text(
    "WITH RECURSIVE behind AS (SELECT id, based_on_id, asked FROM match_plans WHERE id = :plan"
    " UNION SELECT p.id, p.based_on_id, p.asked FROM match_plans p JOIN behind b ON p.id = b.based_on_id)"
    " SELECT asked FROM behind"
).bindparams(bindparam("plan", type_=Uuid)).columns(asked=JSONB)  # fmt: skip
_COPIED: Final = text(
    "WITH kept AS (SELECT p.*, row_number() OVER (ORDER BY p.id) AS n FROM match_plan_pairs p"
    " WHERE p.plan_id = :former AND NOT p.pinned AND p.family_id <> ALL (:without) AND NOT EXISTS (SELECT 1"
    " FROM unnest(:requests, :volunteers) AS o(request, volunteer)"
    " WHERE o.request = p.match_request_id AND o.volunteer = p.volunteer_id))"
    " INSERT INTO match_plan_pairs (id, partnership_id, plan_id, match_request_id, family_id, volunteer_id, score,"
    " pinned, why) SELECT w.id, k.partnership_id, :plan, k.match_request_id, k.family_id, k.volunteer_id, k.score,"
    " false, k.why FROM kept k JOIN unnest(:ids) WITH ORDINALITY AS w(id, n) ON w.n = k.n"
).bindparams(
    bindparam("plan", type_=Uuid),
    bindparam("former", type_=Uuid),
    *(bindparam(name, type_=ARRAY(Uuid)) for name in ("ids", "requests", "volunteers", "without")),
)
_COPIED_LACKS: Final = text(
    "WITH kept AS (SELECT p.*, row_number() OVER (ORDER BY p.id) AS n FROM match_plan_lacks p"
    " WHERE p.plan_id = :former AND p.family_id <> ALL (:without) AND p.match_request_id <> ALL (:requests))"
    " INSERT INTO match_plan_lacks (id, partnership_id, plan_id, match_request_id, family_id, places, lack)"
    " SELECT w.id, k.partnership_id, :plan, k.match_request_id, k.family_id, k.places, k.lack"
    " FROM kept k JOIN unnest(:ids) WITH ORDINALITY AS w(id, n) ON w.n = k.n"
).bindparams(
    bindparam("plan", type_=Uuid),
    bindparam("former", type_=Uuid),
    *(bindparam(name, type_=ARRAY(Uuid)) for name in ("ids", "requests", "without")),
)
_STAGE: Final = text(
    "UPDATE match_plans SET stage = :stage, stage_at = :now WHERE id = :id AND status = 'computing' RETURNING id"
)
