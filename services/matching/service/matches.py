"""Matches: proposed by a person, introduced, started, resumed."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import NAMED_TO_VOLUNTEER, SHOWN_TO_VOLUNTEER, MatchStatus, planned_until
from services.matching.models import Match, MatchRequest, Proposal, Volunteer
from services.matching.repository import matches, requests, volunteers
from services.matching.schemas.matches import CancelIn, EndIn, IntroductionIn, MatchIn, PauseIn, StartIn
from services.matching.service import choosing, ending, places, progress, proposals, standing
from services.matching.service import requests as requesting
from services.matching.service.days import day_of, today
from services.matching.service.desk import Desk
from shared import audit, history, outbox
from shared.db import now_of, work_of
from shared.errors import Conflict, Gate, IllegalMove, NotFound, WaitingFor, invalid
from shared.etag import Match as Version
from shared.events.matching import MatchIntroduced, MatchProposed, MatchResumed, MatchStarted
from shared.events.referral import InvolvementPlanAgreed, RiskAssessmentCompleted
from shared.ids import new_id

M = MatchStatus
OVERRIDE = "matches.override_reason"


async def propose(session: AsyncSession, desk: Desk, body: MatchIn) -> Match:
    """Propose a volunteer to a family, from the latest proposal; another than its top needs a reason."""
    request = await requests.get_for_update(session, body.match_request)
    audit.saw(session, "match-request", request.id, family=request.family_id)
    await proposals.require_visited(session, request)
    if not proposals.can_be_filled(request):
        raise Conflict("The request looks for nobody any more.", name="request-not-open", request_status=request.status)
    proposal = await requests.find_latest_proposal(session, request.id)
    if proposal is None:
        raise Gate("gate-proposal", "A proposal has to be made first.", ["proposal"])
    volunteer = await volunteers.find_for_update(session, body.volunteer)
    if volunteer is None:
        raise NotFound
    need = (await requesting.open_facts(session, desk, request)).need()
    visits = places.take(session, request, volunteer, need.visits_a_week)
    passed_over = await choosing.require_choice(session, desk, body, proposal, volunteer)
    match = _new(request, proposal, volunteer, body)
    match.proposed_at, match.visits_a_week, match.passed_over = now_of(session), visits, list(passed_over)
    choosing.require_cleared_until(volunteer, match.planned_until)
    if body.override_reason and not choosing.is_top(proposal, volunteer):
        cipher = await desk.case(session, request.family_id)
        match.override_reason = cipher.seal(OVERRIDE, body.override_reason)
    session.add(match)
    history.record(session, "match", match.id, (None, match.status), family=match.family_id)
    outbox.add(session, MatchProposed(**ids(match)))
    return match


async def introduce(session: AsyncSession, desk: Desk, match_id: UUID, version: Version, body: IntroductionIn) -> Match:
    """The first meeting: from now on the volunteer knows who the family is."""
    match = await get_locked(session, match_id, version)
    met_on = day_of(session, body.met_on, "/met_on")
    fact = await requests.find_facts(session, match.referral_id)
    if fact is not None and fact.visited_on is not None and met_on < fact.visited_on:
        raise invalid("/met_on", "before-assessment-visit", "lies before the assessment visit")
    volunteer = await _ready(session, desk, match)
    ending.move(session, match, M.INTRODUCED, day=met_on)
    match.introduced_on, match.introduction_led_by = met_on, body.led_by
    event = MatchIntroduced(**ids(match), volunteer_person=volunteer.person_id, introduced_on=met_on)
    outbox.add(session, event)
    return match


async def start(session: AsyncSession, desk: Desk, match_id: UUID, version: Version, body: StartIn) -> Match:
    """The visits begin, under an agreed involvement plan (gate `gate-involvement-plan`)."""
    match = await get_locked(session, match_id, version)
    started_on = day_of(session, body.started_on, "/started_on")
    if match.introduced_on is not None and started_on < match.introduced_on:
        raise invalid("/started_on", "before-introduction", "lies before the introduction")
    if match.status == M.INTRODUCED:
        await _require_plan(session, match)
        await require_risk_assessed(session, match)
        volunteer = await _ready(session, desk, match)
    else:
        raise IllegalMove(match.status, M.ACTIVE.value)
    ending.move(session, match, M.ACTIVE, day=started_on)
    match.started_on = match.last_contact_on = started_on
    await volunteers.note_supervised(session, volunteer.id, started_on, first=True)
    outbox.add(session, MatchStarted(**ids(match), started_on=started_on))
    return match


async def pause(session: AsyncSession, match_id: UUID, version: Version, body: PauseIn) -> Match:
    """The match rests."""
    match = await get_locked(session, match_id, version)
    await ending.pause(session, match, body.reason_code, day_of(session, body.paused_on, "/paused_on"))
    return match


async def resume(session: AsyncSession, desk: Desk, match_id: UUID, version: Version) -> Match:
    """Go on after a pause; records of the planned visits fall due again."""
    match = await get_locked(session, match_id, version)
    if match.status != M.PAUSED:
        raise IllegalMove(match.status, M.ACTIVE.value)
    volunteer = await _ready(session, desk, match)
    ending.move(session, match, M.ACTIVE)
    match.reason_code, match.paused_on = None, None
    match.last_contact_on = today(session)
    await ending.release_visits(session, desk.policy, match)
    outbox.add(session, MatchResumed(**ids(match), volunteer_person=volunteer.person_id))
    fact = await requests.find_facts(session, match.referral_id)
    if fact is not None and fact.ending:
        await ending.begin_ending(session, match)
    return match


async def end(session: AsyncSession, match_id: UUID, version: Version, body: EndIn) -> Match:
    """The match is over; the referral goes on and the request opens again."""
    match = await get_locked(session, match_id, version)
    await ending.end(session, match, body.reason_code, day_of(session, body.ended_on, "/ended_on"))
    return match


async def cancel(session: AsyncSession, match_id: UUID, version: Version, body: CancelIn) -> Match:
    """There will be no introduction."""
    match = await get_locked(session, match_id, version)
    await ending.cancel(session, match, body.reason_code)
    return match


async def get_locked(session: AsyncSession, match_id: UUID, version: Version | None = None) -> Match:
    """The match, locked, as far as the caller may see it; with the version that they have read."""
    match = await matches.get_for_update(session, match_id)
    require_shown(session, match)
    if version is not None:
        version.check(match)
    saw(session, match)
    return match


def saw(session: AsyncSession, match: Match) -> None:
    """Note the view. A volunteer who does not know the family yet has no access to its case that a replay could ask
    for; what they are answered names nobody.
    """
    unnamed = work_of(session).scope == "person" and MatchStatus(match.status) not in NAMED_TO_VOLUNTEER
    audit.saw(session, "match", match.id, family=None if unnamed else match.family_id)


def require_shown(session: AsyncSession, match: Match, *, named: bool = False) -> None:
    """A volunteer sees a match until it pauses or ends, its family (`named`) only from the introduction; else 404."""
    shown = NAMED_TO_VOLUNTEER if named else SHOWN_TO_VOLUNTEER
    if work_of(session).scope == "person" and MatchStatus(match.status) not in shown:
        raise NotFound


async def require_risk_assessed(session: AsyncSession, match: Match) -> None:
    """Refuse (409 `risk-not-assessed`) while a change of risk has not been assessed."""
    fact = await requests.find_facts(session, match.referral_id)
    if fact is not None and fact.risk_open:
        raise WaitingFor(
            "risk-not-assessed",
            "The risk has changed; there are no visits until it is assessed again.",
            [RiskAssessmentCompleted.TYPE],
        )


def ids(match: Match) -> dict[str, UUID]:
    """What every event about a match says."""
    return {
        "family": match.family_id,
        "referral": match.referral_id,
        "match": match.id,
        "volunteer": match.volunteer_id,
    }


def _new(request: MatchRequest, proposal: Proposal, volunteer: Volunteer, body: MatchIn) -> Match:
    until = planned_until(body.planned_from, body.planned_length_weeks)
    if not body.planned_from <= body.review_on <= until:
        raise invalid("/review_on", "outside-the-match", "lies outside the planned time")
    return Match(
        id=new_id(),
        partnership_id=request.partnership_id,
        family_id=request.family_id,
        referral_id=request.referral_id,
        match_request_id=request.id,
        proposal_id=proposal.id,
        volunteer_id=volunteer.id,
        status=M.PROPOSED.value,
        planned_from=body.planned_from,
        planned_length_weeks=body.planned_length_weeks,
        planned_until=until,
        review_on=body.review_on,
    )


async def _ready(session: AsyncSession, desk: Desk, match: Match) -> Volunteer:
    """The match's volunteer, locked; 409 when they are away or not cleared today."""
    volunteer = await volunteers.get_for_update(session, match.volunteer_id)
    standing.require_ready(volunteer)
    await progress.require_cleared(session, desk, volunteer, today(session))
    return volunteer


async def _require_plan(session: AsyncSession, match: Match) -> None:
    """The version in force has to be agreed with this very volunteer among those who signed."""
    plans = await requests.list_plans(session, match.referral_id)
    if not plans or match.volunteer_id not in plans[0].volunteers:
        raise WaitingFor(
            "gate-involvement-plan",
            "The involvement plan has to be agreed, also by this volunteer, before the visits begin.",
            [InvolvementPlanAgreed.TYPE],
        )
