"""Routes for whoever is on duty: what is to be looked at today, and how each of it is defined."""

from typing import Annotated, Final

from fastapi import Query

from services.matching.api.callers import DeskOf, Scheme, page
from services.matching.api.cursors import day_after, instant_after
from services.matching.domain.indicators import Code
from services.matching.schemas.today import IndicatorOut, TodayItem, TodayOut
from services.matching.service import today
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

FIRST: Final = Code.NOT_CHECKED_OUT
Wanted = Annotated[Code, Query(description="Which indicator; unless given, the most urgent one.")]
router = make_router("/v1/today", "today")
definitions = make_router("/v1/indicators", "today")


@router.get("")
async def show_today(session: Session, _: Scheme, desk: DeskOf) -> TodayOut:
    """Show what is to be looked at now: the beginning of each list, each thing with its one next action."""
    return await today.show(session, desk)


@router.get("/items")
async def list_today(
    session: Session, _: Scheme, desk: DeskOf, indicator: Wanted = FIRST, limit: Limit = 50, cursor: Cursor = None
) -> Page[TodayItem]:
    """List all that one indicator holds for, the longest first."""
    after = day_after(cursor) if today.is_daily(indicator) else instant_after(cursor)
    rows, items = await today.page(session, desk, indicator, after, limit)
    return page(rows, items, limit, lambda row: (row.since, row.id))


@definitions.get("")
async def list_indicators(_: Scheme, desk: DeskOf) -> list[IndicatorOut]:
    """Show how each indicator is defined; these definitions hold for lists, pages and events alike."""
    return today.describe(desk)
