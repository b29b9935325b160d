"""Routes about plans for all waiting families at once."""

from uuid import UUID

from fastapi import Response, status

from services.matching.api.callers import DeskOf, RecruitmentReader, Scheme, page
from services.matching.api.cursors import id_after
from services.matching.repository import plans as kept
from services.matching.schemas.common import HistoryOut
from services.matching.schemas.plans import (
    AcceptAllIn,
    AcceptedOut,
    AcceptIn,
    LackOut,
    PairOut,
    PlanIn,
    PlanOut,
    RecruitmentOut,
    RefusedPair,
)
from services.matching.service import plan_accepting, plans
from services.matching.service.views import plans as view
from shared import audit, etag, history
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/match-plans", "match plans")


@router.post("", status_code=status.HTTP_202_ACCEPTED)
async def plan_matches(session: Session, caller: Scheme, desk: DeskOf, body: PlanIn, response: Response) -> PlanOut:
    """Have the best plan for all waiting families computed beside the request; its `progress` says how far it is.

    With `based_on` a former plan is changed: only what the change touches is solved anew.
    """
    plan = await plans.ask_for(session, desk, body, caller.organisation)
    response.headers["Location"] = f"/v1/match-plans/{plan.id}"
    etag.tag(response, plan)
    return view.show(session, plan)


@router.get("")
async def list_match_plans(session: Session, _: Scheme, limit: Limit = 20, cursor: Cursor = None) -> Page[PlanOut]:
    """List plans, newest first."""
    rows = await kept.list_page(session, id_after(cursor), limit)
    return page(rows, [view.show(session, row) for row in rows[:limit]], limit, lambda row: (row.id,))


@router.get("/{plan_id}")
async def get_match_plan(session: Session, _: Scheme, plan_id: UUID, response: Response) -> PlanOut:
    """Show one plan: how far its computation is, what it reaches, and what is reached by hand."""
    plan = await kept.get(session, plan_id)
    etag.tag(response, plan)
    return view.show(session, plan)


@router.get("/{plan_id}/history")
async def list_match_plan_history(session: Session, _: Scheme, plan_id: UUID) -> list[HistoryOut]:
    """Show every change of a plan's status: who, when, from, to, why."""
    plan = await kept.get(session, plan_id)
    audit.saw(session, "match-plan", plan.id)
    return [HistoryOut.model_validate(row) for row in await history.of(session, plan.id)]


@router.post("/{plan_id}/cancel")
async def cancel_match_plan(
    session: Session, _: Scheme, plan_id: UUID, version: IfMatch, response: Response
) -> PlanOut:
    """Call the computation off, or put the plan aside. Matches that came of it stay."""
    plan = await plans.cancel(session, plan_id, version)
    await session.flush()
    etag.tag(response, plan)
    return view.show(session, plan)


@router.get("/{plan_id}/pairs")
async def list_match_plan_pairs(
    session: Session, _: Scheme, desk: DeskOf, plan_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Page[PairOut]:
    """List the pairs with the reasons for each, and what has changed since."""
    plan = await plans.get_planned(session, plan_id)
    rows = await kept.list_pairs(session, plan.id, id_after(cursor), limit)
    changed = await plan_accepting.changes(session, desk, plan, rows[:limit])
    items = await view.show_pairs(session, desk, rows[:limit], changed)
    return page(rows, items, limit, lambda row: (row.id,))


@router.post("/{plan_id}/pairs/{pair_id}/accept")
async def accept_match_plan_pair(
    session: Session, _: Scheme, desk: DeskOf, plan_id: UUID, pair_id: UUID, body: AcceptIn
) -> PairOut:
    """Make one pair a match, under the same rules as any other; what has changed is refused with its codes."""
    _plan, pair = await plan_accepting.accept(session, desk, plan_id, pair_id, body)
    return (await view.show_pairs(session, desk, [pair], {}))[0]


@router.post("/{plan_id}/accept")
async def accept_match_plan(session: Session, _: Scheme, desk: DeskOf, plan_id: UUID, body: AcceptAllIn) -> AcceptedOut:
    """Make all pairs matches that nobody has accepted yet, so many at a time."""
    plan, accepted, changed = await plan_accepting.accept_all(session, desk, plan_id, body)
    await session.flush()
    return AcceptedOut(
        accepted=await view.show_pairs(session, desk, accepted, {}),
        changed=[RefusedPair(pair=one, codes=codes) for one, codes in changed.items()],
        left=await kept.count_open(session, plan.id),
    )


@router.get("/{plan_id}/unmatched")
async def list_match_plan_unmatched(
    session: Session, _: Scheme, desk: DeskOf, plan_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Page[LackOut]:
    """List families with places that stay empty, and what each lacks in the pool."""
    plan = await plans.get_planned(session, plan_id)
    rows = await kept.list_lacks(session, plan.id, id_after(cursor), limit)
    return page(rows, await view.show_lacks(session, desk, rows[:limit]), limit, lambda row: (row.id,))


@router.get("/{plan_id}/recruitment")
async def get_match_plan_recruitment(
    session: Session, _: RecruitmentReader, desk: DeskOf, plan_id: UUID
) -> RecruitmentOut:
    """Say how many more volunteers of which kind would place how many families; outside the scheme without few."""
    return await view.show_recruitment(session, desk, await plans.get_planned(session, plan_id))
