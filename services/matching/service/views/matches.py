"""Matches as callers are shown them: staff all of it, a volunteer only what their step allows."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.geography import area_of
from services.matching.domain.matches import NAMED_TO_VOLUNTEER, SHOWN_TO_VOLUNTEER, Answer, MatchStatus, Party
from services.matching.models import Agreement, Match
from services.matching.repository import matches, requests, volunteers
from services.matching.repository.matches import MatchFilter
from services.matching.schemas.matches import AgreementOut, MatchItem, MatchOut
from services.matching.service import matches as matching
from services.matching.service import requests as requesting
from services.matching.service.agreements import agreed_by
from services.matching.service.desk import Desk
from services.matching.service.views.volunteers import name_of
from shared import audit
from shared.db import work_of


async def show(session: AsyncSession, desk: Desk, match: Match) -> MatchOut:
    """One match."""
    await session.flush()
    matching.saw(session, match)
    shown = _out(match, await agreed_by(session, match.id))
    plans = await requests.list_plans(session, match.referral_id)
    shown.tasks = list(plans[0].tasks) if plans else []
    if not is_volunteer(session):
        await _for_staff(session, desk, match, shown)
        return shown
    if not is_hidden(session, match):
        await _for_volunteer(session, desk, match, shown)
    return shown


async def list_shown(session: AsyncSession, wanted: MatchFilter, before: UUID | None, limit: int) -> Sequence[Match]:
    """Newest first, one more than `limit`; a volunteer's own only while they are shown."""
    return await matches.list_page(
        session, wanted, before, limit, SHOWN_TO_VOLUNTEER if is_volunteer(session) else None
    )


def show_all(session: AsyncSession, rows: Sequence[Match]) -> list[MatchItem]:
    """A list of matches; to volunteers their own, without ids of families that they do not know yet."""
    if rows:
        audit.saw(session, "match", *(row.id for row in rows))
    return [_item(row, named=not is_volunteer(session) or _is_named(row)) for row in rows]


async def show_agreements(session: AsyncSession, match: Match) -> list[AgreementOut]:
    """What each party answered."""
    audit.saw(session, "match", match.id, family=match.family_id)
    return [_agreement(one) for one in await matches.list_agreements(session, match.id)]


def is_volunteer(session: AsyncSession) -> bool:
    """Whether the caller holds no role but a personal one."""
    return work_of(session).scope == "person"


def is_hidden(session: AsyncSession, match: Match) -> bool:
    """Whether the match, just now refused or at rest, is no longer shown to its volunteer."""
    return is_volunteer(session) and MatchStatus(match.status) not in SHOWN_TO_VOLUNTEER


async def _for_staff(session: AsyncSession, desk: Desk, match: Match, shown: MatchOut) -> None:
    request = await requests.get(session, match.match_request_id)
    shown.family, shown.referral, shown.match_request = match.family_id, match.referral_id, request.id
    shown.children = request.children
    shown.volunteer_name = await name_of(session, desk, await volunteers.get(session, match.volunteer_id))
    shown.passed_over = match.passed_over
    shown.overridden = match.override_reason is not None
    if match.override_reason is not None:
        cipher = await desk.case(session, match.family_id)
        shown.override_reason = cipher.open(matching.OVERRIDE, match.override_reason)


async def _for_volunteer(session: AsyncSession, desk: Desk, match: Match, shown: MatchOut) -> None:
    request = await requests.get(session, match.match_request_id)
    facts = await requesting.open_facts(session, desk, request)
    shown.area, shown.ages = area_of(facts.outcode), list(facts.ages)
    shown.visits_a_week = facts.requests.visits_a_week
    if _is_named(match):
        shown.family, shown.referral, shown.children = match.family_id, match.referral_id, request.children


def _is_named(match: Match) -> bool:
    return MatchStatus(match.status) in NAMED_TO_VOLUNTEER


def _out(row: Match, agreed: list[Party]) -> MatchOut:
    return MatchOut(
        id=row.id,
        version=row.version,
        status=MatchStatus(row.status),
        volunteer=row.volunteer_id,
        planned_from=row.planned_from,
        planned_until=row.planned_until,
        planned_length_weeks=row.planned_length_weeks,
        review_on=row.review_on,
        agreed_by=agreed,
        introduced_on=row.introduced_on,
        introduction_led_by=row.introduction_led_by,
        started_on=row.started_on,
        paused_on=row.paused_on,
        ended_on=row.ended_on,
        reason_code=row.reason_code,
    )


def _item(row: Match, *, named: bool) -> MatchItem:
    return MatchItem(
        id=row.id,
        version=row.version,
        status=MatchStatus(row.status),
        volunteer=row.volunteer_id,
        family=row.family_id if named else None,
        referral=row.referral_id if named else None,
        planned_from=row.planned_from,
        planned_until=row.planned_until,
        review_on=row.review_on,
        proposed_at=row.proposed_at,
    )


def _agreement(row: Agreement) -> AgreementOut:
    return AgreementOut(
        id=row.id,
        party=Party(row.party),
        answer=Answer(row.answer),
        reason_code=row.reason_code,
        on_behalf_of=row.on_behalf_of,
        method=row.method,
        answered_on=row.answered_on,
    )
