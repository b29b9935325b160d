"""Accepting pairs of a plan: each becomes an ordinary match, if what the plan was made of still holds for it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import RequestStatus, planned_until
from services.matching.domain.needs import Candidate, Need
from services.matching.domain.scoring import Weigher
from services.matching.domain.terms import overridable
from services.matching.models import Match, MatchPlan, MatchRequest, PlanPair
from services.matching.repository import plans as repository
from services.matching.schemas.matches import MatchIn
from services.matching.schemas.plans import AcceptAllIn, AcceptIn
from services.matching.service import matches, policies, pool, proposals
from services.matching.service import plans as planning
from services.matching.service import requests as requesting
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared import outbox
from shared.db import now_of, work_of
from shared.errors import Conflict
from shared.events.matching import MatchPlanAccepted

CHOSEN: Final = "Chosen by plan {plan}, the best for all families that wait."
_OUTDATED: Final = "plan-outdated"


async def accept(
    session: AsyncSession, desk: Desk, plan_id: UUID, pair_id: UUID, body: AcceptIn
) -> tuple[MatchPlan, PlanPair]:
    """Make one pair a match; 409 `plan-outdated` with codes where it no longer holds."""
    plan = await planning.get_planned(session, plan_id)
    pair = await repository.get_pair(session, plan.id, pair_id)
    if pair.match_id is not None:
        raise Conflict("The pair has been accepted already.", name="plan-pair-accepted")
    changed = await changes(session, desk, plan, [pair])
    if codes := changed.get(pair.id):
        raise _outdated({pair.id: codes})
    await _make(session, desk, plan, pair, body)
    outbox.add(session, MatchPlanAccepted(plan=plan.id, pairs=1), audience=[plan.organisation_id])
    return plan, pair


async def accept_all(
    session: AsyncSession, desk: Desk, plan_id: UUID, body: AcceptAllIn
) -> tuple[MatchPlan, list[PlanPair], Mapping[UUID, list[str]]]:
    """Make matches of all pairs that nobody has accepted; what no longer holds refuses all, or is left out if asked."""
    plan = await planning.get_planned(session, plan_id, lock=True)
    found = await repository.list_pairs(session, plan.id, None, 10**6, open_only=True)
    changed = await changes(session, desk, plan, found)
    if changed and not body.skip_changed:
        raise _outdated(changed)
    accepted = [one for one in found if one.id not in changed][: body.limit]
    for pair in accepted:
        await _make(session, desk, plan, pair, body)
    if accepted:
        outbox.add(session, MatchPlanAccepted(plan=plan.id, pairs=len(accepted)), audience=[plan.organisation_id])
    return plan, accepted, changed


async def changes(
    session: AsyncSession, desk: Desk, plan: MatchPlan, pairs: Sequence[PlanPair]
) -> dict[UUID, list[str]]:
    """Of each pair that nobody has accepted why it could not be a match today, in codes; nothing where it could."""
    waiting = [one for one in pairs if one.match_id is None]
    if not waiting:
        return {}
    day = today(session)
    known = await pool.read(session, desk, Need(), day, planned_until(day, plan.weeks_planned))
    candidates = {one.id: one for one in known.candidates}
    requests = await repository.requests_by_id(session, {one.match_request_id for one in waiting})
    found = {
        one.id: await _codes(session, desk, requests.get(one.match_request_id), candidates.get(one.volunteer_id), one)
        for one in waiting
    }
    return {pair: codes for pair, codes in found.items() if codes}


async def _codes(
    session: AsyncSession, desk: Desk, request: MatchRequest | None, candidate: Candidate | None, pair: PlanPair
) -> list[str]:
    if request is None or request.status != RequestStatus.OPEN:
        return ["request-not-open"]
    if candidate is None:
        return ["volunteer-gone"]
    need = (await requesting.open_facts(session, desk, request)).need()
    weigher = Weigher(need, await policies.current(session), await pool.ties_of(session, request))
    codes = list(weigher.exclusions(candidate))
    # What a project manager has passed over in a pin is no news; that somebody has no place left always is.
    return [] if pair.pinned and overridable(codes) else codes


async def _make(session: AsyncSession, desk: Desk, plan: MatchPlan, pair: PlanPair, body: AcceptIn) -> Match:
    made = await proposals.propose(session, desk, pair.match_request_id, body.planned_length_weeks)
    await session.flush()
    reasons = await planning.reasons_of(desk, plan)
    why = reasons.get(f"{pair.match_request_id} {pair.volunteer_id}", CHOSEN.format(plan=plan.id))
    top = made.proposal.ranked[:1] == [pair.volunteer_id]
    match = await matches.propose(session, desk, _body(pair, body, None if top else why))
    pair.match_id, pair.accepted_at, pair.accepted_by = match.id, now_of(session), work_of(session).actor
    return match


def _body(pair: PlanPair, body: AcceptIn, why: str | None) -> MatchIn:
    return MatchIn(
        match_request=pair.match_request_id,
        volunteer=pair.volunteer_id,
        planned_from=body.planned_from,
        planned_length_weeks=body.planned_length_weeks,
        review_on=body.review_on,
        override_reason=why,
    )


def _outdated(changed: Mapping[UUID, list[str]]) -> Conflict:
    told: list[dict[str, Any]] = [{"pair": str(one), "codes": codes} for one, codes in changed.items()]
    return Conflict(
        "Since the plan was made something has changed for these pairs.",
        name=_OUTDATED,
        title="The plan no longer holds for every pair",
        pairs=told,
    )
