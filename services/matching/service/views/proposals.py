"""Proposals as the scheme's staff are shown them: as they were made."""

from typing import Any

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import snapshot
from services.matching.domain.scoring import NearMiss, Ranked
from services.matching.domain.terms import CONSTRAINTS
from services.matching.models import Proposal
from services.matching.schemas.requests import CandidateOut, ContributionOut, LiftOut, NearMissOut, ProposalOut
from services.matching.service import proposals
from services.matching.service.desk import Desk
from shared import audit
from shared.crypto import Cipher, SubjectKind


async def show(session: AsyncSession, desk: Desk, proposal: Proposal) -> ProposalOut:
    """The proposal as it was made."""
    cipher = await desk.case(session, proposal.family_id)
    audit.saw(session, "proposal", proposal.id, family=proposal.family_id)
    shown = ProposalOut(
        id=proposal.id,
        match_request=proposal.match_request_id,
        weights_version=proposal.weights_version,
        policy_version=proposal.policy_version,
        input_hash=proposal.input_hash,
        made_at=proposal.made_at,
        asks=_asks(cipher, proposal),
        candidates=[],
    )
    document: Any = orjson.loads(cipher.open(proposals.RESULT, proposal.result))
    if isinstance(document, list):
        shown.candidates = [CandidateOut.model_validate(one) for one in document]
        return shown
    weighed = snapshot.read_result(document, proposal.ranked, proposal.excluded)
    gone = await desk.vault.gone(proposal.partnership_id, SubjectKind.PERSON)
    shown.candidates = [
        _erased(one, number) if one.volunteer in gone else _candidate(one, number)
        for number, one in enumerate(weighed.ranked, start=1)
    ]
    shown.near_misses = [_near_miss(one) for one in weighed.near_misses if one.volunteer not in gone]
    return shown


def _asks(cipher: Cipher, proposal: Proposal) -> list[str]:
    if proposal.inputs is None:
        return []
    return proposals.questions(snapshot.read(cipher.open(proposals.INPUTS, proposal.inputs)).need)


def _erased(one: Ranked, number: int) -> CandidateOut:
    """Somebody who was erased since: that they had a place, and nothing of why."""
    place = None if one.excluded_by else number
    return CandidateOut(
        volunteer=one.volunteer, place=place, score=0, contributions=[], excluded_by=[], inputs_erased=True
    )


def _candidate(one: Ranked, number: int) -> CandidateOut:
    return CandidateOut(
        volunteer=one.volunteer,
        place=None if one.excluded_by else number,
        score=one.score,
        contributions=[
            ContributionOut(factor=part.factor, weight=part.weight, points=part.points, why=part.why)
            for part in one.contributions
        ],
        excluded_by=list(one.excluded_by),
    )


def _near_miss(one: NearMiss) -> NearMissOut:
    return NearMissOut(
        volunteer=one.volunteer,
        score=one.score,
        constraints=[
            LiftOut(
                code=code,
                sentence=CONSTRAINTS[code].sentence,
                change=CONSTRAINTS[code].change,
                overridable=CONSTRAINTS[code].overridable,
                missing=list(missing),
            )
            for code, missing in zip(one.excluded_by, one.missing, strict=True)
        ],
    )
