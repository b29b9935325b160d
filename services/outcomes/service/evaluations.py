"""Evaluations at the end, by the family, the lead practitioner and each volunteer."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.evaluations import By
from services.outcomes.models import Evaluation
from services.outcomes.repository import cases
from services.outcomes.repository import readings as repository
from services.outcomes.schemas.readings import EvaluationIn
from services.outcomes.service.tools import Tools, cipher_of, find_cipher, today_of
from shared import audit, outbox
from shared.auth import Caller, Role
from shared.crypto import Subject
from shared.db import now_of, work_of
from shared.errors import Forbidden, invalid
from shared.events.outcomes import EvaluationRecorded

TEXT = "evaluations.text"


async def record(session: AsyncSession, tools: Tools, caller: Caller, body: EvaluationIn) -> Evaluation:
    """Of a case of that family, open or closed: whoever withdrew is asked too."""
    _require_recorder(caller, body.by)
    case = await cases.get_case(session, body.referral, body.family)
    audit.saw(session, "family", case.family_id, family=case.family_id)
    if body.on > today_of(session):
        raise invalid("/on", "in-the-future", "has not come yet")
    text = None
    if body.text is not None:
        text = (await cipher_of(session, tools, Subject.case(case.family_id))).seal(TEXT, body.text)
    evaluation = Evaluation(
        partnership_id=case.partnership_id,
        family_id=case.family_id,
        referral_id=case.id,
        by=body.by,
        volunteer_id=body.volunteer,
        conducted_by=body.conducted_by,
        held_on=body.on,
        scores=body.scores,
        text=text,
        on_behalf_of=body.on_behalf_of,
        method=body.method,
        recorded_by=work_of(session).actor,
        recorded_at=now_of(session),
    )
    session.add(evaluation)
    event = EvaluationRecorded(
        family=case.family_id,
        evaluation=evaluation.id,
        referral=case.id,
        by=evaluation.by,
        volunteer=evaluation.volunteer_id,
    )
    outbox.add(session, event)
    return evaluation


def _require_recorder(caller: Caller, by: By) -> None:
    """The lead practitioner's own word counts too, so they never record the family's or a volunteer's."""
    if by is By.LEAD_PRACTITIONER:
        return
    allowed = {Role.PROJECT_MANAGER, Role.COORDINATOR} | ({Role.SOCIAL_WORKER} if by is By.FAMILY else set())
    if Role.LEAD_PRACTITIONER in caller.roles or not caller.has(*allowed):
        raise Forbidden


async def read(session: AsyncSession, evaluation_id: UUID) -> Evaluation:
    evaluation = await repository.get(session, Evaluation, evaluation_id)
    audit.saw(session, "family", evaluation.family_id, family=evaluation.family_id)
    return evaluation


async def texts_of(session: AsyncSession, tools: Tools, rows: Sequence[Evaluation]) -> dict[UUID, str]:
    """The words of evaluations of one family; none once the case's key was destroyed."""
    if not rows:
        return {}
    cipher = await find_cipher(session, tools, Subject.case(rows[0].family_id))
    if cipher is None:
        return {}
    return {row.id: cipher.open(TEXT, row.text) for row in rows if row.text is not None}
