"""Assessing a referral's risk, recording that it changed, and the first visit with the baseline."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.referral import RECEIVED, Status
from services.referral.domain.risk import Part, RiskState
from services.referral.models import AssessmentVisit, Referral, RiskAssessment, RiskChange
from services.referral.repository import rows
from services.referral.schemas.referrals import AssessmentVisitIn, RiskAssessmentIn, RiskChangeIn, RiskIn
from services.referral.service.referrals import ASSESSMENT, happened
from services.referral.service.sealing import case_cipher, seal, seal_some
from services.referral.service.telling import of, tell
from shared import audit, clocks, history
from shared.calendar import civil_date
from shared.crypto import Vault
from shared.db import now_of, work_of
from shared.errors import Conflict, IllegalMove, invalid
from shared.events.referral import AssessmentVisitRecorded, RiskAssessmentCompleted, RiskChanged

WHERE_VISITED = frozenset({Status.ACCEPTED, Status.ACTIVE})


async def assess(session: AsyncSession, vault: Vault, referral_id: UUID, body: RiskAssessmentIn) -> RiskAssessment:
    """Assess the risk, or assess it again after a change."""
    referral = await _get_received(session, referral_id, "risk-assessment", RECEIVED)
    at = body.assessed_at or now_of(session)
    if at > now_of(session):
        raise invalid("/assessed_at", "in-the-future", "has not happened yet")
    return await _record(session, vault, referral, body, (body.part, at))


async def change(session: AsyncSession, vault: Vault, referral_id: UUID, body: RiskChangeIn) -> RiskChange:
    """Something has changed: no visit, and no acceptance, until the risk is assessed again."""
    referral = await _get_received(session, referral_id, "risk-change", RECEIVED)
    cipher = await case_cipher(session, vault, referral.family_id)
    row = RiskChange(
        partnership_id=referral.partnership_id,
        referral_id=referral.id,
        family_id=referral.family_id,
        reasons=list(body.reasons),
        description=seal(cipher, "risk_changes.description", body.description),
        happened_at=happened(session, referral, body),
        recorded_at=now_of(session),
    )
    session.add(row)
    _set_state(session, referral, RiskState.CHANGED)
    await tell(session, referral, RiskChanged(**of(referral), risk_change=row.id))
    return row


async def visit(session: AsyncSession, vault: Vault, referral_id: UUID, body: AssessmentVisitIn) -> AssessmentVisit:
    """The first visit: completes the risk assessment at home and takes the baseline."""
    referral = await _get_received(session, referral_id, "assessment-visit", WHERE_VISITED)
    _check_day(session, referral, body)
    if referral.assessment_visit_on is not None:
        raise Conflict("The assessment visit of this referral is recorded already.", name="already-recorded")
    assessment = await _record(session, vault, referral, body.risk, (Part.HOME, now_of(session)))
    cipher = await case_cipher(session, vault, referral.family_id)
    row = AssessmentVisit(
        partnership_id=referral.partnership_id,
        referral_id=referral.id,
        family_id=referral.family_id,
        risk_assessment_id=assessment.id,
        visited_on=body.visited_on,
        conducted_by=str(body.conducted_by or work_of(session).person or work_of(session).actor),
        instrument=body.baseline.instrument,
        edition=body.baseline.edition,
        completed_by=body.baseline.completed_by,
        readings=seal_some(cipher, "assessment_visits.readings", body.baseline.areas),
        notes=seal(cipher, "assessment_visits.notes", body.notes),
        recorded_at=now_of(session),
    )
    session.add(row)
    referral.assessment_visit_on = body.visited_on
    await clocks.stop(session, ASSESSMENT, referral.id)
    history.record(session, "assessment-visit", row.id, (None, "recorded"), family=referral.family_id)
    await tell(session, referral, AssessmentVisitRecorded(**of(referral), visited_on=body.visited_on))
    return row


async def _get_received(session: AsyncSession, referral_id: UUID, step: str, allowed: frozenset[Status]) -> Referral:
    referral = await rows.get_for_update(session, Referral, referral_id)
    if Status(referral.status) not in allowed:
        raise IllegalMove(referral.status, step)
    audit.saw(session, "referral", referral.id, family=referral.family_id)
    return referral


async def _record(
    session: AsyncSession, vault: Vault, referral: Referral, body: RiskIn, which: tuple[Part, datetime]
) -> RiskAssessment:
    cipher = await case_cipher(session, vault, referral.family_id)
    part, at = which
    row = RiskAssessment(
        partnership_id=referral.partnership_id,
        referral_id=referral.id,
        family_id=referral.family_id,
        part=part,
        hazards=list(body.hazards),
        level=body.level,
        lone_working=body.lone_working,
        mitigations=seal(cipher, "risk_assessments.mitigations", body.mitigations),
        assessed_by=work_of(session).actor,
        assessed_at=at,
        recorded_at=now_of(session),
    )
    session.add(row)
    referral.risk_level = body.level
    _set_state(session, referral, RiskState.ASSESSED)
    event = RiskAssessmentCompleted(**of(referral), risk_assessment=row.id, level=row.level)
    await tell(session, referral, event)
    return row


def _set_state(session: AsyncSession, referral: Referral, state: RiskState) -> None:
    before = referral.risk_state
    referral.risk_state = state
    history.record(session, "referral-risk", referral.id, (before, state), family=referral.family_id)


def _check_day(session: AsyncSession, referral: Referral, body: AssessmentVisitIn) -> None:
    if body.visited_on > civil_date(now_of(session)):
        raise invalid("/visited_on", "in-the-future", "has not happened yet")
    if body.visited_on < civil_date(referral.received_at):
        raise invalid("/visited_on", "before-receipt", "is before the referral was received")
