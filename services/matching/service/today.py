"""Today: for each indicator what it holds for now, with the one next action."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.indicators import Code, Indicator, Moment, Subject, Whose, indicators, moment
from services.matching.domain.leave import Leave, Rota
from services.matching.repository import indicators as kept
from services.matching.repository.indicators import Found, Only
from services.matching.schemas.today import Covering, IndicatorOut, Section, TodayItem, TodayOut
from services.matching.service import leaves
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared import audit
from shared.db import now_of, work_of

SHOWN: Final = 20
_WHOLE: Final = "/v1/today/items?indicator={}&whose={}"
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list, for whom."""

    code: Code
    whose: Whose
    organisation: UUID


async def show(session: AsyncSession, desk: Desk, organisation: UUID, whose: Whose) -> TodayOut:
    """The beginning of every list, whatever their length."""
    at, rota = _moment(session, desk), await leaves.rota(session, organisation)
    me, sections = work_of(session).person, []
    for one in indicators(desk.policy).values():
        rows = await kept.page(session, one.code, at, _only(one, whose, rota, me), None, SHOWN)
        items = _items(session, one, rows[:SHOWN], rota)
        more = _WHOLE.format(one.code.value, whose.value) if len(rows) > SHOWN else None
        sections.append(Section(indicator=one.code, title=one.title, items=items, more=more))
    mine = rota.leave_of(me)
    return TodayOut(
        now=at.now,
        whose=whose,
        covering=[_covering(leave) for leave in rota.covered_by(me)],
        on_leave=_covering(mine) if mine else None,
        sections=sections,
    )


async def page(
    session: AsyncSession, desk: Desk, wanted: Wanted, after: tuple[Any, UUID] | None, limit: int
) -> tuple[Sequence[Found], list[TodayItem]]:
    """One indicator's list, with one row more than `limit` where there is more."""
    one, rota = indicators(desk.policy)[wanted.code], await leaves.rota(session, wanted.organisation)
    only = _only(one, wanted.whose, rota, work_of(session).person)
    rows = await kept.page(session, wanted.code, _moment(session, desk), only, after, limit)
    return rows, _items(session, one, rows[:limit], rota)


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
            everybodys=one.everybodys,
        )
        for one in indicators(desk.policy).values()
    ]


def is_daily(code: Code) -> bool:
    """Whether the indicator counts from a civil day rather than from an instant."""
    return code in {Code.SUPERVISION_DUE, Code.NO_CONTACT, Code.CLEARANCES_EXPIRING}


def _moment(session: AsyncSession, desk: Desk) -> Moment:
    return moment(now_of(session), today(session), desk.policy)


def _only(one: Indicator, whose: Whose, rota: Rota, me: UUID | None) -> Only | None:
    """Of whom; what nobody answers for is everybody's own."""
    if whose is Whose.COVERED:
        return Only([leave.person for leave in rota.covered_by(me)], named=True)
    others = [] if whose is Whose.ALL or one.everybodys else rota.answered_by_others(me)
    return Only(others, named=False) if others else None


def _covering(leave: Leave) -> Covering:
    return Covering(person=leave.person, cover=leave.cover, until=leave.last)


def _items(session: AsyncSession, one: Indicator, rows: Sequence[Found], rota: Rota) -> list[TodayItem]:
    if rows:
        audit.saw(session, one.subject.value, *(row.id for row in rows))
        if one.subject is not Subject.VOLUNTEER:
            audit.saw(session, "volunteer", *(row.volunteer_id for row in rows))
    return [_item(one, row, rota) for row in rows]


def _item(one: Indicator, row: Found, rota: Rota) -> TodayItem:
    return TodayItem(
        subject=one.subject,
        id=row.id,
        match=row.match_id,
        volunteer=row.volunteer_id,
        family=row.family_id,
        coordinator=row.coordinator_id,
        answers=rota.answering(row.coordinator_id),
        since=_text(row.since),
        action=one.action,
        path=_PATHS[one.action].format(id=row.id, match=row.match_id, volunteer=row.volunteer_id),
    )


def _text(since: date | datetime) -> str:
    return since.isoformat()
