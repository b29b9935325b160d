"""Requests for a volunteer: opened, read again and closed as the referral goes."""

from typing import Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import RequestStatus
from services.matching.models import MatchRequest
from services.matching.repository import matches, requests
from services.matching.schemas.facts import CaseFacts
from services.matching.service import ending, places
from services.matching.service.desk import Desk
from shared import history, outbox
from shared.db import now_of, work_of
from shared.events.matching import MatchRequestClosed, MatchRequestOpened
from shared.events.referral import ReferralAccepted
from shared.ids import new_id

FACTS = "match_requests.facts"


class Cases(Protocol):
    """Where facts of a case are read: the referral service."""

    async def facts(self, partnership: UUID, referral: UUID) -> CaseFacts:
        """The facts of one referral's case; `Later` while the other side is away."""
        ...


async def open_request(session: AsyncSession, desk: Desk, cases: Cases, event: ReferralAccepted) -> None:
    """Read the facts, seal them, open the request; a second hearing, or a referral that is over, changes nothing."""
    if await requests.find_of_referral(session, event.referral) is not None:
        return
    known = await requests.find_facts(session, event.referral)
    if known is not None and (known.ended_as or known.ending):
        return
    work = work_of(session)
    facts = await cases.facts(work.partnership, event.referral)
    cipher = await desk.case(session, event.family)
    request = MatchRequest(
        id=new_id(),
        partnership_id=work.partnership,
        family_id=event.family,
        referral_id=event.referral,
        status=RequestStatus.OPEN.value,
        children=list(facts.children or event.children),
        facts=cipher.seal(FACTS, facts.model_dump_json()),
        facts_read_at=work.now,
        waiting_since=event.accepted_on,
        volunteers_wanted=facts.requests.volunteers,
        opened_at=work.now,
    )
    session.add(request)
    history.record(session, "match-request", request.id, (None, request.status), family=request.family_id)
    outbox.add(session, MatchRequestOpened(**ids(request)))


async def read_again(session: AsyncSession, desk: Desk, cases: Cases, family: UUID) -> None:
    """The family has changed: its requests that are not closed get the facts of today."""
    work = work_of(session)
    for request in await requests.list_of_family(session, family):
        if request.status == RequestStatus.CLOSED:
            continue
        facts = await cases.facts(work.partnership, request.referral_id)
        cipher = await desk.case(session, family)
        request.facts = cipher.seal(FACTS, facts.model_dump_json())
        request.children = list(facts.children) or request.children
        request.facts_read_at = work.now
        work.pending.changed = True


async def wind_down(session: AsyncSession, referral: UUID) -> None:
    """The referral is ending: its matches too, and nobody new is looked for."""
    await ending.wind_down(session, await matches.list_live_of_referral(session, referral), "referral_ending")
    await _close(session, referral, "referral_ending")


async def shut(session: AsyncSession, referral: UUID, ended_as: str) -> None:
    """The referral is over: matches end or are cancelled, capacity is free, the request closes."""
    reason_code = "completed" if ended_as == "concluded" else f"referral_{ended_as}"
    await ending.end_all(session, await matches.list_live_of_referral(session, referral), reason_code)
    await _close(session, referral, reason_code)


async def open_facts(session: AsyncSession, desk: Desk, request: MatchRequest) -> CaseFacts:
    """The facts of a request, opened."""
    cipher = await desk.case(session, request.family_id)
    return CaseFacts.model_validate_json(cipher.open(FACTS, request.facts))


def ids(request: MatchRequest) -> dict[str, UUID]:
    """What every event about a request says."""
    return {"family": request.family_id, "referral": request.referral_id, "match_request": request.id}


async def _close(session: AsyncSession, referral: UUID, reason_code: str) -> None:
    request = await requests.find_of_referral(session, referral)
    if request is None or request.status == RequestStatus.CLOSED:
        return
    places.move_request(session, request, RequestStatus.CLOSED, reason_code)
    request.closed_at, request.close_code = now_of(session), reason_code
    outbox.add(session, MatchRequestClosed(**ids(request)))
