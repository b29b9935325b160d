"""Routes about a referral's risk and its assessment visit."""

from uuid import UUID

from services.referral.api.callers import Assessor, Reader, RiskObserver, StaffOrWorker, Visitor
from services.referral.schemas.referrals import (
    AssessmentVisitIn,
    AssessmentVisitOut,
    RiskAssessmentIn,
    RiskAssessmentOut,
    RiskChangeIn,
    RiskChangeOut,
)
from services.referral.service import referral_views, risk
from shared.http import router as make_router
from shared.routing import PartsOf, Session

router = make_router("/v1/referrals/{referral_id}", "referrals")


@router.post("/risk-assessments", status_code=201)
async def assess_risk(
    referral_id: UUID, body: RiskAssessmentIn, session: Session, parts: PartsOf, caller: Assessor
) -> RiskAssessmentOut:
    """Assess the referral's risk from the papers, or assess it again after a change."""
    row = await risk.assess(session, parts.vault, referral_id, body)
    return await referral_views.show_assessment(session, parts.vault, row)


@router.get("/risk-assessments")
async def list_risk_assessments(
    referral_id: UUID, session: Session, parts: PartsOf, caller: Reader
) -> list[RiskAssessmentOut]:
    """List the referral's risk assessments, oldest first."""
    return await referral_views.list_assessments(session, parts.vault, referral_id)


@router.post("/risk-changes", status_code=201)
async def change_risk(
    referral_id: UUID, body: RiskChangeIn, session: Session, parts: PartsOf, caller: RiskObserver
) -> RiskChangeOut:
    """Record that something about the risk has changed: no visit until it is assessed again."""
    return referral_views.change_out(await risk.change(session, parts.vault, referral_id, body))


@router.get("/risk-changes")
async def list_risk_changes(referral_id: UUID, session: Session, caller: Reader) -> list[RiskChangeOut]:
    """List the changes of risk, oldest first."""
    return await referral_views.list_changes(session, referral_id)


@router.post("/assessment-visit", status_code=201)
async def record_assessment_visit(
    referral_id: UUID, body: AssessmentVisitIn, session: Session, parts: PartsOf, caller: Visitor
) -> AssessmentVisitOut:
    """Record the first visit: the home part of the risk assessment, and the baseline."""
    row = await risk.visit(session, parts.vault, referral_id, body)
    return await referral_views.show_recorded_visit(session, parts.vault, row)


@router.get("/assessment-visit")
async def get_assessment_visit(
    referral_id: UUID, session: Session, parts: PartsOf, caller: StaffOrWorker
) -> AssessmentVisitOut:
    """Show the assessment visit with its baseline."""
    return await referral_views.show_visit(session, parts.vault, referral_id)
