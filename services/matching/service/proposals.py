"""Proposals: ranking every volunteer for a request, and keeping what the ranking was made of."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import scoring
from services.matching.domain.clearance import VISITING, VolunteerRole
from services.matching.domain.matches import REQUESTS, RequestStatus
from services.matching.domain.needs import Candidate, Need, input_hash
from services.matching.domain.volunteers import WORKING, VolunteerStatus, age_on
from services.matching.models import MatchRequest, Proposal, Volunteer
from services.matching.repository import requests, volunteers
from services.matching.schemas.requests import CandidateOut, ContributionOut, ProposalOut
from services.matching.service import requests as requesting
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared import audit
from shared.crypto import Cipher, Subject
from shared.db import now_of, work_of
from shared.errors import IllegalMove, WaitingFor
from shared.events.referral import AssessmentVisitRecorded

RESULT = "proposals.result"


async def propose(session: AsyncSession, desk: Desk, request_id: UUID) -> Proposal:
    """Rank every volunteer for the family. Before the assessment visit: gate `gate-assessment-visit`."""
    request = await requests.get(session, request_id)
    audit.saw(session, "match-request", request.id, family=request.family_id)
    await require_visited(session, request)
    if request.status == RequestStatus.CLOSED:
        raise IllegalMove(request.status, RequestStatus.FILLED.value)
    need = (await requesting.open_facts(session, desk, request)).need()
    candidates = await _candidates(session, desk, request, need)
    ranked = scoring.rank(need, candidates)
    cipher = await desk.case(session, request.family_id)
    proposal = Proposal(
        partnership_id=request.partnership_id,
        family_id=request.family_id,
        match_request_id=request.id,
        weights_version=scoring.VERSION,
        input_hash=input_hash(need, candidates, scoring.VERSION),
        ranked=scoring.eligible(ranked),
        excluded=[one.volunteer for one in ranked if one.excluded_by],
        result=cipher.seal(RESULT, _result(ranked)),
        made_by=work_of(session).actor,
        made_at=now_of(session),
    )
    session.add(proposal)
    work_of(session).pending.changed = True
    return proposal


async def require_visited(session: AsyncSession, request: MatchRequest) -> None:
    """Gate 2: nobody is proposed before the assessment visit is recorded."""
    fact = await requests.find_facts(session, request.referral_id)
    if fact is None or fact.visited_on is None:
        raise WaitingFor(
            "gate-assessment-visit",
            "The assessment visit has to be recorded before a volunteer is proposed.",
            [AssessmentVisitRecorded.TYPE],
        )


async def show(session: AsyncSession, desk: Desk, proposal: Proposal) -> ProposalOut:
    """The proposal as it was made."""
    cipher = await desk.case(session, proposal.family_id)
    audit.saw(session, "proposal", proposal.id, family=proposal.family_id)
    return ProposalOut(
        id=proposal.id,
        match_request=proposal.match_request_id,
        weights_version=proposal.weights_version,
        input_hash=proposal.input_hash,
        made_at=proposal.made_at,
        candidates=[CandidateOut.model_validate(one) for one in orjson.loads(cipher.open(RESULT, proposal.result))],
    )


def can_be_filled(request: MatchRequest) -> bool:
    """Whether the request still looks for somebody."""
    return REQUESTS.allows(RequestStatus(request.status), RequestStatus.FILLED)


async def _candidates(session: AsyncSession, desk: Desk, request: MatchRequest, need: Need) -> list[Candidate]:
    rows = await volunteers.list_candidates(session)
    conflicts = {
        (one.volunteer_id, one.kind) for one in await volunteers.list_conflicts_with(session, request.family_id)
    }
    ciphers = await desk.vault.ciphers(request.partnership_id, [Subject.person(row.id) for row in rows])
    return [
        _candidate(row, cipher, need, conflicts, today(session))
        for row in rows
        if (cipher := ciphers.get(Subject.person(row.id)))
    ]


def _candidate(row: Volunteer, cipher: Cipher, need: Need, conflicts: set[tuple[UUID, str]], day: date) -> Candidate:
    born = date.fromisoformat(cipher.open("volunteers.birth_date", row.birth_date))
    ethnicity = cipher.open("volunteers.ethnicity", row.ethnicity) if need.ethnicity_counts and row.ethnicity else None
    return Candidate(
        id=row.id,
        working=VolunteerStatus(row.status) in WORKING,
        visits_families=row.role is not None and VolunteerRole(row.role) in VISITING,
        cleared=row.clearance_expires_on is not None and day < row.clearance_expires_on,
        capacity=row.capacity,
        places_taken=row.places_taken,
        gender=row.gender,
        visits_a_week=row.visits_a_week,
        age=age_on(born, day),
        ethnicity=ethnicity,
        outcode=row.outcode,
        languages=frozenset(row.languages),
        skills=frozenset(row.skills),
        interests=frozenset(row.interests),
        knowledge=frozenset(row.knowledge),
        availability=frozenset(row.availability),
        conflict=(row.id, "conflict_of_interest") in conflicts,
        known_to_family=(row.id, "known_to_family") in conflicts,
    )


def _result(ranked: Sequence[scoring.Ranked]) -> str:
    shown = [
        CandidateOut(
            volunteer=one.volunteer,
            place=None if one.excluded_by else place,
            score=one.score,
            contributions=[
                ContributionOut(factor=part.factor, weight=part.weight, points=part.points, why=part.why)
                for part in one.contributions
            ],
            excluded_by=list(one.excluded_by),
        ).model_dump(mode="json")
        for place, one in enumerate(ranked, start=1)
    ]
    return orjson.dumps(shown).decode()
