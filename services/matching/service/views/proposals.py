"""Proposals as the scheme's staff are shown them: as they were made."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import snapshot
from services.matching.domain.scoring import Contribution, NearMiss, Ranked
from services.matching.domain.terms import CONSTRAINTS
from services.matching.models import Proposal
from services.matching.schemas.requests import CandidateOut, ContributionOut, LiftOut, NearMissOut, ProposalOut
from services.matching.service import proposals
from services.matching.service.desk import Desk
from shared import audit, pagination
from shared.crypto import Cipher, SubjectKind


def show_made(session: AsyncSession, made: proposals.Made) -> ProposalOut:
    """One that was made just now; the same as `show` says of it from then on."""
    shown = _shown(session, made.proposal, made.asks)
    shown.candidates = _candidates(made.first, range(1, len(made.first) + 1), frozenset())
    shown.near_misses = list(map(_near_miss, made.near_misses))
    return shown


async def show(session: AsyncSession, desk: Desk, proposal: Proposal) -> ProposalOut:
    """The proposal as it was made."""
    cipher = await desk.case(session, proposal.family_id)
    shown = _shown(session, proposal, _asks(cipher, proposal))
    document, gone = await _opened(desk, cipher, proposal)
    shown.candidates = _told(document, gone, proposal, proposals.numbers(proposal)[: proposals.FIRST])
    if isinstance(document, dict):
        shown.near_misses = [_near_miss(one) for one in snapshot.read_near(document) if one.volunteer not in gone]
    return shown


async def show_candidates(
    session: AsyncSession, desk: Desk, proposal: Proposal, numbers: Sequence[int]
) -> list[CandidateOut]:
    """Those of its list who have these numbers."""
    audit.saw(session, "proposal", proposal.id, family=proposal.family_id)
    cipher = await desk.case(session, proposal.family_id)
    document, gone = await _opened(desk, cipher, proposal)
    return _told(document, gone, proposal, numbers)


def _shown(session: AsyncSession, proposal: Proposal, asks: list[str]) -> ProposalOut:
    audit.saw(session, "proposal", proposal.id, family=proposal.family_id)
    counts = len(proposal.ranked), len(proposal.excluded)
    return ProposalOut(
        id=proposal.id,
        match_request=proposal.match_request_id,
        weights_version=proposal.weights_version,
        policy_version=proposal.policy_version,
        input_hash=proposal.input_hash,
        made_at=proposal.made_at,
        asks=asks,
        ranked=counts[0],
        excluded=counts[1],
        candidates=[],
        next=pagination.encode(proposals.FIRST) if sum(counts) > proposals.FIRST else None,
    )


async def _opened(desk: Desk, cipher: Cipher, proposal: Proposal) -> tuple[Any, Collection[UUID]]:
    """What came of it, and who has been erased."""
    document = orjson.loads(cipher.open(proposals.RESULT, proposal.result))
    return document, await desk.vault.gone(proposal.partnership_id, SubjectKind.PERSON)


def _told(document: Any, gone: Collection[UUID], proposal: Proposal, numbers: Sequence[int]) -> list[CandidateOut]:
    if isinstance(document, list):
        return [CandidateOut.model_validate(document[number - 1]) for number in numbers]
    found = snapshot.read_some(document, proposal.ranked, proposal.excluded, numbers)
    return _candidates(found, numbers, gone)


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


def _candidates(found: Sequence[Ranked], numbers: Sequence[int], gone: Collection[UUID]) -> list[CandidateOut]:
    """Those with these numbers. A contribution that many share is made once."""
    parts = {part for one in found for part in one.contributions}
    shown = {part: ContributionOut.model_validate(part, from_attributes=True) for part in parts}
    return [
        _erased(one, number) if one.volunteer in gone else _candidate(one, number, shown)
        for number, one in zip(numbers, found, strict=True)
    ]


def _candidate(one: Ranked, number: int, shown: Mapping[Contribution, ContributionOut]) -> CandidateOut:
    return CandidateOut(
        volunteer=one.volunteer,
        place=None if one.excluded_by else number,
        score=one.score,
        contributions=[shown[part] for part in one.contributions],
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
