"""Today: for each indicator what it holds for now, with the one next action."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.indicators import Code, Indicator, Moment, Subject, indicators, moment
from services.matching.repository import indicators as kept
from services.matching.repository.indicators import Found
from services.matching.schemas.today import IndicatorOut, Section, TodayItem, TodayOut
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared import audit
from shared.db import now_of

SHOWN: Final = 20
_WHOLE: Final = "/v1/today/items?indicator={}"
# Where the next action is taken; `{id}` is the subject's, `{match}` and `{volunteer}` those that it belongs to.
_PATHS: Final = {
    "telephone-volunteer": "/v1/volunteers/{volunteer}",
    "watch-visit": "/v1/matches/{match}/visits/{id}",
    "pause-match": "/v1/matches/{match}/pause",
    "write-record": "/v1/matches/{match}/contacts",
    "record-answer": "/v1/matches/{match}/agreements",
    "hold-supervision": "/v1/supervisions",
    "renew-clearance": "/v1/volunteers/{volunteer}/clearances",
}


async def show(session: AsyncSession, desk: Desk) -> TodayOut:
    """The beginning of every list, whatever their length."""
    at = _moment(session, desk)
    sections = []
    for one in indicators(desk.policy).values():
        rows = await kept.page(session, one.code, at, None, SHOWN)
        items = _items(session, one, rows[:SHOWN])
        more = _WHOLE.format(one.code.value) if len(rows) > SHOWN else None
        sections.append(Section(indicator=one.code, title=one.title, items=items, more=more))
    return TodayOut(now=at.now, sections=sections)


async def page(
    session: AsyncSession, desk: Desk, code: Code, after: tuple[Any, UUID] | None, limit: int
) -> tuple[Sequence[Found], list[TodayItem]]:
    """One indicator's list, with one row more than `limit` where there is more."""
    rows = await kept.page(session, code, _moment(session, desk), after, limit)
    return rows, _items(session, indicators(desk.policy)[code], rows[:limit])


def describe(desk: Desk) -> list[IndicatorOut]:
    """The definitions, with the numbers of this partnership's policy."""
    return [
        IndicatorOut(
            code=one.code,
            subject=one.subject,
            title=one.title,
            definition=one.definition,
            action=one.action,
            event=one.event,
        )
        for one in indicators(desk.policy).values()
    ]


def is_daily(code: Code) -> bool:
    """Whether the indicator counts from a civil day rather than from an instant."""
    return code in {Code.SUPERVISION_DUE, Code.NO_CONTACT, Code.CLEARANCES_EXPIRING}


def _moment(session: AsyncSession, desk: Desk) -> Moment:
    return moment(now_of(session), today(session), desk.policy)


def _items(session: AsyncSession, one: Indicator, rows: Sequence[Found]) -> list[TodayItem]:
    if rows:
        audit.saw(session, one.subject.value, *(row.id for row in rows))
        if one.subject is not Subject.VOLUNTEER:
            audit.saw(session, "volunteer", *(row.volunteer_id for row in rows))
    return [_item(one, row) for row in rows]


def _item(one: Indicator, row: Found) -> TodayItem:
    return TodayItem(
        subject=one.subject,
        id=row.id,
        match=row.match_id,
        volunteer=row.volunteer_id,
        family=row.family_id,
        since=_text(row.since),
        action=one.action,
        path=_PATHS[one.action].format(id=row.id, match=row.match_id, volunteer=row.volunteer_id),
    )


def _text(since: date | datetime) -> str:
    return since.isoformat()
