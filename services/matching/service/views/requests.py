"""Requests as callers are shown them."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import RequestStatus
from services.matching.models import MatchRequest, ReferralFact
from services.matching.repository import requests
from services.matching.schemas.requests import RequestOut
from services.matching.service import requests as requesting
from services.matching.service.desk import Desk
from shared import audit
from shared.auth import Role
from shared.db import work_of


async def show(session: AsyncSession, desk: Desk, request: MatchRequest) -> RequestOut:
    """One request; what the family asked for only to the scheme's staff, who match."""
    audit.saw(session, "match-request", request.id, family=request.family_id)
    shown = _out(request, await requests.find_facts(session, request.referral_id))
    if {Role.COORDINATOR, Role.PROJECT_MANAGER} & set(work_of(session).roles):
        shown.facts = await requesting.open_facts(session, desk, request)
    return shown


async def show_all(session: AsyncSession, rows: Sequence[MatchRequest]) -> list[RequestOut]:
    """A list of requests, without what each family asked for."""
    facts = await requests.facts_of(session, [row.referral_id for row in rows])
    if rows:
        audit.saw(session, "match-request", *(row.id for row in rows))
    return [_out(row, facts.get(row.referral_id)) for row in rows]


def _out(row: MatchRequest, fact: ReferralFact | None) -> RequestOut:
    return RequestOut(
        id=row.id,
        version=row.version,
        family=row.family_id,
        referral=row.referral_id,
        status=RequestStatus(row.status),
        waiting_since=row.waiting_since,
        volunteers_wanted=row.volunteers_wanted,
        places_taken=row.places_taken,
        children=row.children,
        visited_on=fact.visited_on if fact else None,
        close_code=row.close_code,
    )
