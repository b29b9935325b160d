"""The equality view: sums by group, kept up by our own events: reading them costs the same however many there are."""

from collections.abc import Iterator
from datetime import date
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.equality import DIMENSIONS, KINDS, Fared, groups_of, mean, rate, withheld
from services.matching.domain.geography import area_of
from services.matching.models import EqualityCounted, EqualitySum, MatchRequest
from services.matching.repository import requests, weights
from services.matching.schemas.facts import CaseFacts
from services.matching.schemas.weights import EqualityOut, GroupOut
from services.matching.service import requests as requesting
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared import audit
from shared.db import work_of
from shared.disclosure.policy import DEFAULT
from shared.errors import NotFound

GROUPS: Final = "equality_counted.groups"


async def opened(session: AsyncSession, desk: Desk, request_id: UUID) -> None:
    """A family waits: counted once, in the groups of that day."""
    try:
        request = await requests.get(session, request_id)
    except NotFound:
        return
    if await weights.find_counted(session, request.id) is not None:
        return
    groups = _groups(await requesting.open_facts(session, desk, request))
    cipher = await desk.case(session, request.family_id)
    session.add(_counted(request, cipher.seal(GROUPS, orjson.dumps(groups).decode())))
    since = request.waiting_since.toordinal()
    await _add(session, groups, {"opened": 1, "waiting": 1, "since_days": since})


async def left(session: AsyncSession, desk: Desk, request_id: UUID, *, matched: bool) -> None:
    """The family waits no longer: it has its first match, or the request is closed without one."""
    counted = await weights.find_counted(session, request_id)
    if counted is None or counted.left_on is not None:
        return
    counted.left_on = today(session)
    cipher = await desk.case(session, counted.family_id)
    groups = orjson.loads(cipher.open(GROUPS, counted.groups))
    since = counted.waiting_since.toordinal()
    more = {"waiting": -1, "since_days": -since}
    more |= {"matched": 1, "waited_days": _days(counted.waiting_since, today(session))} if matched else {"closed": 1}
    await _add(session, groups, more)


async def show(session: AsyncSession) -> EqualityOut:
    """By group, small numbers withheld."""
    rows, day = await weights.list_sums(session), today(session)
    audit.saw(session, "matching-equality", work_of(session).partnership)
    return EqualityOut(
        smallest=DEFAULT.threshold,
        dimensions={
            name: list(_shown([_fared(row) for row in rows if row.dimension == name], day)) for name in DIMENSIONS
        },
    )


def _shown(groups: list[Fared], day: date) -> Iterator[GroupOut]:
    hidden = withheld(groups)
    for one in groups:
        told = {kind: None if (one.value, kind) in hidden else one.count(kind) for kind in KINDS}
        matched, closed, waiting = told["matched"], told["closed"], told["waiting"]
        yield GroupOut(
            value=one.value,
            withheld=None in told.values(),
            opened=told["opened"],
            matched=matched,
            closed_unmatched=closed,
            waiting=waiting,
            match_rate_percent=None if matched is None or closed is None else rate(matched, matched + closed),
            mean_days_until_match=None if matched is None else mean(one.waited_days, matched),
            mean_days_waiting=None if waiting is None else mean(waiting * day.toordinal() - one.since_days, waiting),
        )


def _groups(facts: CaseFacts) -> dict[str, list[str]]:
    asked, area = facts.requests, area_of(facts.outcode)
    return groups_of(
        {
            "ethnicity": [facts.ethnicity] if facts.ethnicity else [],
            "faith": [asked.faith] if asked.faith and asked.faith_may_count else [],
            "language": list(facts.languages),
            "area": [area] if area else [],
        }
    )


def _counted(request: MatchRequest, groups: bytes) -> EqualityCounted:
    return EqualityCounted(
        match_request_id=request.id,
        partnership_id=request.partnership_id,
        family_id=request.family_id,
        waiting_since=request.waiting_since,
        groups=groups,
    )


def _fared(row: EqualitySum) -> Fared:
    return Fared(row.value, row.opened, row.matched, row.closed, row.waiting, row.since_days, row.waited_days)


def _days(since: date, until: date) -> int:
    return max(0, (until - since).days)


async def _add(session: AsyncSession, groups: dict[str, list[str]], more: dict[str, int]) -> None:
    """In one order, so that two workers never wait for each other."""
    nothing = dict.fromkeys(("opened", "matched", "closed", "waiting", "since_days", "waited_days"), 0)
    own = {"partnership_id": work_of(session).partnership}
    rows = [
        own | nothing | more | {"dimension": name, "value": value}
        for name, values in sorted(groups.items())
        for value in values
    ]
    made = insert(EqualitySum).values(rows)
    grown = {name: getattr(EqualitySum, name) + made.excluded[name] for name in more}
    await session.execute(
        made.on_conflict_do_update(index_elements=["partnership_id", "dimension", "value"], set_=grown)
    )
    work_of(session).pending.changed = True
