"""Routes for whoever is on duty: what is to be looked at today, and how each of it is defined."""

from typing import Annotated, Final

from fastapi import Depends, Query

from services.matching.api.callers import DeskOf, Scheme, page
from services.matching.api.cursors import day_after, instant_after
from services.matching.domain.indicators import Code, Whose
from services.matching.schemas.today import IndicatorOut, TodayItem, TodayOut
from services.matching.service import today
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

FIRST: Final = Code.NOT_CHECKED_OUT
Which = Annotated[Code, Query(description="Which indicator; unless given, the most urgent one.")]
Chosen = Annotated[
    Whose,
    Query(
        description="`mine`: of the volunteers whom you answer for today, those whom you cover included, and of those"
        " whom nobody answers for; `covered`: of those whom you cover; `all`: of all."
    ),
]


def _wanted(caller: Scheme, indicator: Which = FIRST, whose: Chosen = Whose.MINE) -> today.Wanted:
    return today.Wanted(indicator, whose, caller.organisation)


Wanted = Annotated[today.Wanted, Depends(_wanted)]
router = make_router("/v1/today", "today")
definitions = make_router("/v1/indicators", "today")


@router.get("")
async def show_today(session: Session, caller: Scheme, desk: DeskOf, whose: Chosen = Whose.MINE) -> TodayOut:
    """Show what is to be looked at now: the beginning of each list, each thing with its one next action."""
    return await today.show(session, desk, caller.organisation, whose)


@router.get("/items")
async def list_today(
    session: Session, desk: DeskOf, wanted: Wanted, limit: Limit = 50, cursor: Cursor = None
) -> Page[TodayItem]:
    """List all that one indicator holds for, the longest first."""
    after = day_after(cursor) if today.is_daily(wanted.code) else instant_after(cursor)
    rows, items = await today.page(session, desk, wanted, after, limit)
    return page(rows, items, limit, lambda row: (row.since, row.id))


@definitions.get("")
async def list_indicators(_: Scheme, desk: DeskOf) -> list[IndicatorOut]:
    """Show how each indicator is defined; these definitions hold for lists, pages and events alike."""
    return today.describe(desk)
