"""Proposals: ranking every volunteer for a request, and keeping what the ranking was made of."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import placing, scoring, snapshot
from services.matching.domain.matches import REQUESTS, RequestStatus, planned_until
from services.matching.domain.needs import Need
from services.matching.domain.scoring import NearMiss, Ranked, Weigher
from services.matching.domain.snapshot import Snapshot
from services.matching.models import MatchRequest, Proposal
from services.matching.repository import requests
from services.matching.service import crowd, policies, pool
from services.matching.service import requests as requesting
from services.matching.service.days import today
from services.matching.service.desk import Desk
from services.matching.service.uncollected import uncollected
from shared import audit
from shared.db import now_of, work_of
from shared.errors import IllegalMove, WaitingFor
from shared.events.referral import AssessmentVisitRecorded

RESULT: Final = "proposals.result"
INPUTS: Final = "proposals.inputs"


# So many of a list an answer holds.
FIRST: Final = 50


@dataclass(frozen=True, slots=True)
class Made:
    """A proposal that was made just now, with what an answer tells of it: nothing has to be opened again for that."""

    proposal: Proposal
    asks: list[str]
    first: list[Ranked]
    near_misses: list[NearMiss]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What came of weighing everybody, written as it is kept, before it is sealed."""

    policy_version: int
    inputs: str
    input_hash: str
    result: str
    ranked: Sequence[UUID]
    excluded: Sequence[UUID]
    first: list[Ranked]
    near_misses: list[NearMiss]


async def propose(session: AsyncSession, desk: Desk, request_id: UUID, weeks: int | None = None) -> Made:
    """Rank every volunteer for the family, for a match of so many weeks from today on.

    Before the assessment visit: gate `gate-assessment-visit`.
    """
    request = await requests.get(session, request_id)
    audit.saw(session, "match-request", request.id, family=request.family_id)
    await require_visited(session, request)
    if request.status == RequestStatus.CLOSED:
        raise IllegalMove(request.status, RequestStatus.FILLED.value)
    need = (await requesting.open_facts(session, desk, request)).need()
    weighed = await _weigh(session, desk, request, need, weeks)
    proposal = await _kept(session, desk, request, weighed)
    return Made(proposal, questions(need), weighed.first, weighed.near_misses)


async def _weigh(session: AsyncSession, desk: Desk, request: MatchRequest, need: Need, weeks: int | None) -> _Weighed:
    """Of all the columns nothing is left afterwards through which somebody who looks for garbage would have to go."""
    policy, ties, day = await policies.current(session), await pool.ties_of(session, request), today(session)
    until = planned_until(day, weeks or policy.planned_weeks)
    everybody = (await crowd.read(session, desk)).on(day, until)
    weigher = Weigher(need, policy, ties)
    with uncollected():
        parted = placing.part(weigher, everybody)
    everybody = await crowd.told(session, desk, everybody, need, parted.fit)
    with uncollected():
        placed = placing.place(weigher, everybody, parted)
        states = snapshot.states_of(everybody)
        inputs = snapshot.write(Snapshot(day, until, need, policy, ties, everybody.numbers("number"), states))
        del states
        return _Weighed(
            policy_version=policy.version,
            inputs=inputs,
            input_hash=hash_of(inputs, everybody.ids().tobytes()),
            result=snapshot.write_placed(placed),
            ranked=placed.ranked,
            excluded=placed.excluded,
            first=placed.first(FIRST),
            near_misses=placed.near_misses,
        )


async def _kept(session: AsyncSession, desk: Desk, request: MatchRequest, weighed: _Weighed) -> Proposal:
    cipher = await desk.case(session, request.family_id)
    proposal = Proposal(
        partnership_id=request.partnership_id,
        family_id=request.family_id,
        match_request_id=request.id,
        weights_version=scoring.VERSION,
        policy_version=weighed.policy_version,
        input_hash=weighed.input_hash,
        ranked=weighed.ranked,
        excluded=weighed.excluded,
        result=cipher.seal(RESULT, weighed.result),
        inputs=cipher.seal(INPUTS, weighed.inputs),
        made_by=work_of(session).actor,
        made_at=now_of(session),
    )
    session.add(proposal)
    work_of(session).pending.changed = True
    return proposal


def hash_of(written: str, volunteers: bytes) -> str:
    """SHA-256 of everything that a proposal depends on: the snapshot, whose it is, and the version of the code."""
    digest = hashlib.sha256(f"{scoring.VERSION}|{written}|".encode())
    digest.update(volunteers)
    return digest.hexdigest()


async def require_visited(session: AsyncSession, request: MatchRequest) -> None:
    """Gate 2: nobody is proposed before the assessment visit is recorded."""
    fact = await requests.find_facts(session, request.referral_id)
    if fact is None or fact.visited_on is None:
        raise WaitingFor(
            "gate-assessment-visit",
            "The assessment visit has to be recorded before a volunteer is proposed.",
            [AssessmentVisitRecorded.TYPE],
        )


def can_be_filled(request: MatchRequest) -> bool:
    """Whether the request still looks for somebody."""
    return REQUESTS.allows(RequestStatus(request.status), RequestStatus.FILLED)


async def excluded_by(session: AsyncSession, desk: Desk, proposal: Proposal, volunteer: UUID) -> tuple[str, ...]:
    """Which constraints the proposal found against that volunteer, whom it excluded."""
    cipher = await desk.case(session, proposal.family_id)
    document = orjson.loads(cipher.open(RESULT, proposal.result))
    if isinstance(document, list):
        return next(tuple(one["excluded_by"]) for one in document if one["volunteer"] == str(volunteer))
    number = document["excluded"][proposal.excluded.index(volunteer)]
    return tuple(document["reasons"][number])


def numbers(
    proposal: Proposal, after: int = 0, *, excluded: bool | None = None, volunteer: UUID | None = None
) -> Sequence[int]:
    """Which of the list come after that number: the ranked in their places from 1 on, then the excluded."""
    fit, everybody = len(proposal.ranked), len(proposal.ranked) + len(proposal.excluded)
    first, last = (fit + 1 if excluded else 1), (fit if excluded is False else everybody)
    found = range(max(first, after + 1), last + 1)
    if volunteer is None:
        return found
    listed = [*proposal.ranked, *proposal.excluded]
    return [number for number in found if listed[number - 1] == volunteer]


def questions(need: Need) -> list[str]:
    """What nobody has asked the family, and what is therefore not weighed."""
    asked = (("availability-not-given", need.availability), ("outcode-not-given", need.outcode))
    return [code for code, given in asked if not given]
