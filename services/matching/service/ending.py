"""How matches pause, end and are cancelled: by people, by the end of their referral, by a volunteer who is away."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import BEFORE_INTRODUCTION, MATCHES, RUNNING, MatchStatus
from services.matching.domain.policy import Policy
from services.matching.models import Match
from services.matching.repository import matches, requests, visits, volunteers
from services.matching.service import leaves, places
from services.matching.service.days import instant_of, today
from shared import clocks, history, outbox
from shared.db import now_of
from shared.events.matching import MatchCancelled, MatchClearanceLapsed, MatchEnded, MatchEnding, MatchPaused

M = MatchStatus
CONTACT_CLOCK = "contact"
CHECK_OUT_CLOCK = "visit-check-out"


def move(
    session: AsyncSession, match: Match, to: MatchStatus, reason_code: str | None = None, day: date | None = None
) -> None:
    """Move the match, with history; `IllegalMove` where the lifecycle has no such step."""
    before = MatchStatus(match.status)
    match.status = MATCHES.move(before, to).value
    history.record(
        session,
        "match",
        match.id,
        (before.value, to.value),
        family=match.family_id,
        reason_code=reason_code,
        happened_at=instant_of(session, day) if day else None,
    )


async def cancel(session: AsyncSession, match: Match, reason_code: str) -> None:
    """No introduction will follow; the place is free again."""
    was_agreed = match.status == M.AGREED
    move(session, match, M.CANCELLED, reason_code)
    match.reason_code = reason_code
    await session.flush()
    await places.free(session, match, was_agreed=was_agreed)
    outbox.add(session, MatchCancelled(**_ids(match), reason_code=reason_code))


async def pause(session: AsyncSession, match: Match, reason_code: str, day: date) -> None:
    """The match rests: its volunteer sees nothing of it, and no record falls due for visits to come."""
    move(session, match, M.PAUSED, reason_code, day)
    match.reason_code, match.paused_on = reason_code, day
    await _hold_visits(session, match)
    person = (await volunteers.get(session, match.volunteer_id)).person_id
    outbox.add(session, MatchPaused(**_ids(match), reason_code=reason_code, volunteer_person=person))


async def begin_ending(session: AsyncSession, match: Match) -> None:
    """The referral comes to its end: time to say goodbye."""
    move(session, match, M.ENDING)
    outbox.add(session, MatchEnding(**_ids(match)))


async def end(session: AsyncSession, match: Match, reason_code: str, day: date) -> None:
    """Over: the place is free, nothing is destroyed, and the same two may be matched again later."""
    if match.status != M.ENDING:
        move(session, match, M.ENDING, reason_code, day)
    move(session, match, M.ENDED, reason_code, day)
    match.reason_code, match.ended_on = reason_code, day
    await _hold_visits(session, match)
    await places.free(session, match, was_agreed=True)
    person = (await volunteers.get(session, match.volunteer_id)).person_id
    outbox.add(session, MatchEnded(**_ids(match), reason_code=reason_code, volunteer_person=person, ended_on=day))


async def end_all(session: AsyncSession, live: Sequence[Match], reason_code: str) -> None:
    """End or cancel each of these locked matches."""
    for match in live:
        if MatchStatus(match.status) in BEFORE_INTRODUCTION:
            await cancel(session, match, reason_code)
        else:
            await end(session, match, reason_code, today(session))


async def wind_down(session: AsyncSession, live: Sequence[Match], reason_code: str) -> None:
    """The referral is ending: cancel what was not introduced, let the others say goodbye.

    A match at rest stays so until it is resumed or ended: its volunteer must not see the family again by this.
    """
    for match in live:
        if MatchStatus(match.status) in BEFORE_INTRODUCTION:
            await cancel(session, match, reason_code)
        elif match.status in {M.INTRODUCED, M.ACTIVE}:
            await begin_ending(session, match)


async def live_with_requests(session: AsyncSession, volunteer_id: UUID) -> Sequence[Match]:
    """The volunteer's live matches, locked, and their requests too."""
    live = await matches.list_live_of_volunteer(session, volunteer_id)
    await requests.lock_all(session, [match.match_request_id for match in live])
    return live


async def pause_all(session: AsyncSession, volunteer_id: UUID, reason_code: str) -> None:
    """Pause every active match of the volunteer that this transaction may see; the worker sees to the others."""
    for match in await matches.list_live_of_volunteer(session, volunteer_id):
        if match.status == M.ACTIVE:
            await pause(session, match, reason_code, today(session))


async def tell_lapsed(session: AsyncSession, volunteer_id: UUID) -> None:
    """Tell of each running match that its volunteer is not cleared any more."""
    answers = await leaves.answering(session, volunteer_id)
    for match in await matches.list_live_of_volunteer(session, volunteer_id):
        if MatchStatus(match.status) in RUNNING:
            outbox.add(session, MatchClearanceLapsed(**_ids(match), answers=answers))


async def release_visits(session: AsyncSession, policy: Policy, match: Match) -> None:
    """Records of the visits that are still to come fall due again."""
    for visit in await visits.list_planned(session, match.id):
        if visit.starts_at > now_of(session):
            visit.contact_due_at = visit.ends_at + policy.contact_due
            await clocks.start(session, CONTACT_CLOCK, visit.id, visit.contact_due_at, family=visit.family_id)
            due = visit.ends_at + policy.check_out_due
            await clocks.start(session, CHECK_OUT_CLOCK, visit.id, due, family=visit.family_id)


async def _hold_visits(session: AsyncSession, match: Match) -> None:
    for visit in await visits.list_planned(session, match.id):
        if visit.starts_at > now_of(session):
            visit.contact_due_at = None
            await clocks.stop(session, CONTACT_CLOCK, visit.id)
            await clocks.stop(session, CHECK_OUT_CLOCK, visit.id)


def _ids(match: Match) -> dict[str, UUID]:
    return {
        "family": match.family_id,
        "referral": match.referral_id,
        "match": match.id,
        "volunteer": match.volunteer_id,
    }
