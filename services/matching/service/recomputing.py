"""Making a proposal again from what was kept: whether the same comes of it, byte for byte."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import scoring, snapshot
from services.matching.domain.needs import Candidate
from services.matching.domain.scoring import Weigher
from services.matching.domain.snapshot import Snapshot
from services.matching.models import Proposal
from services.matching.repository import volunteers
from services.matching.schemas.requests import Recomputation, RecomputationOut
from services.matching.service import inputs, pool, proposals
from services.matching.service.desk import Desk
from shared import audit
from shared.crypto import Erased, Subject
from shared.db import work_of


async def recompute(session: AsyncSession, desk: Desk, proposal: Proposal) -> RecomputationOut:
    """The proposal's own inputs, weighed again."""
    audit.saw(session, "proposal", proposal.id, family=proposal.family_id)
    try:
        outcome, erased = await _again(session, desk, proposal)
    except Erased:
        outcome, erased = Recomputation.INPUTS_ERASED, None
    return RecomputationOut(
        proposal=proposal.id,
        outcome=outcome,
        erased_volunteers=erased,
        code_version=proposal.weights_version,
        policy_version=proposal.policy_version,
    )


async def _again(session: AsyncSession, desk: Desk, proposal: Proposal) -> tuple[Recomputation, int | None]:
    if proposal.inputs is None:
        return Recomputation.INPUTS_NOT_KEPT, None
    if proposal.weights_version != scoring.VERSION:
        return Recomputation.OTHER_CODE, None
    cipher = await desk.case(session, proposal.family_id)
    was = snapshot.read(cipher.open(proposals.INPUTS, proposal.inputs))
    own = await _own(session, desk, dict(zip(sorted([*proposal.ranked, *proposal.excluded]), was.numbers, strict=True)))
    if erased := len(was.numbers) - len(own):
        return Recomputation.INPUTS_ERASED, erased
    weighed = _weighed(was, own)
    same = (
        scoring.eligible(weighed.ranked) == proposal.ranked
        and snapshot.write_result(weighed) == cipher.open(proposals.RESULT, proposal.result)
        and proposals.hash_of(snapshot.write(was), b"".join(one.bytes for one in sorted(own))) == proposal.input_hash
    )
    return (Recomputation.SAME if same else Recomputation.DIFFERENT), 0


async def _own(session: AsyncSession, desk: Desk, numbers: Mapping[UUID, int]) -> dict[UUID, dict[str, Any]]:
    """Each volunteer's inputs of that day; of the erased none."""
    kept = await volunteers.list_inputs(session, numbers)
    subjects = [Subject.person(one) for one in numbers]
    ciphers = await desk.vault.ciphers(work_of(session).partnership, subjects)
    return {
        one: inputs.read(ciphers[Subject.person(one)], kept[one])
        for one in sorted(numbers)
        if one in kept and Subject.person(one) in ciphers
    }


def _weighed(was: Snapshot, own: Mapping[UUID, dict[str, Any]]) -> scoring.Weighed:
    weigher, sealed = Weigher(was.need, was.policy, was.ties), {}
    candidates = []
    for (volunteer, given), state in zip(own.items(), was.states, strict=True):
        plain = {name: value for name, value in given.items() if name not in inputs.SEALED}
        candidates.append(snapshot.candidate_of(volunteer, state, **plain))
        sealed[volunteer] = given
    fit, out = scoring.part(weigher, candidates)
    for one in fit:
        _tell(was, one, sealed[one.id])
    return scoring.place(weigher, fit, out)


def _tell(was: Snapshot, one: Candidate, given: Mapping[str, Any]) -> None:
    for name in pool.sealed_traits(was.need):
        if given[name]:
            pool.tell(one, name, str(given[name]), was.day)
