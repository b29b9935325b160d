"""Routes about volunteer involvement plans."""

from uuid import UUID

from fastapi import Response

from services.referral.api.callers import PlanReader, PlanReaderOrVolunteer, Signer, Visitor, is_volunteer_only
from services.referral.schemas.plans import (
    InvolvementPlanIn,
    InvolvementPlanItem,
    InvolvementPlanOut,
    SignatureIn,
    VolunteerPlanOut,
)
from services.referral.service import plan_views, plans, signatures
from shared import etag
from shared.http import router as make_router
from shared.routing import PartsOf, Session

router = make_router("/v1/involvement-plans", "involvement-plans")
of_referral = make_router("/v1/referrals/{referral_id}/involvement-plans", "involvement-plans")


@of_referral.post("", status_code=201)
async def draft_involvement_plan(
    referral_id: UUID, body: InvolvementPlanIn, session: Session, parts: PartsOf, caller: Visitor, response: Response
) -> InvolvementPlanItem:
    """Draft a version; the one in force stays in force until this one is agreed."""
    plan = await plans.draft(session, parts.vault, referral_id, body)
    await session.flush()
    etag.tag(response, plan)
    response.headers["Location"] = f"/v1/involvement-plans/{plan.id}"
    return plan_views.item_of(plan)


@of_referral.get("")
async def list_involvement_plans(referral_id: UUID, session: Session, caller: PlanReader) -> list[InvolvementPlanItem]:
    """List all versions, oldest first."""
    return await plan_views.list_versions(session, referral_id)


@router.get("")
async def list_plans_to_sign(session: Session, caller: Signer) -> list[InvolvementPlanItem]:
    """List the versions that wait for the caller's own signature, newest first."""
    return await plan_views.list_waiting(session)


@router.get("/{plan_id}")
async def get_involvement_plan(
    plan_id: UUID, session: Session, parts: PartsOf, caller: PlanReaderOrVolunteer, response: Response
) -> InvolvementPlanOut | VolunteerPlanOut:
    """Show a version; a volunteer sees limits and tasks only."""
    if is_volunteer_only(caller):
        return await plan_views.show_to_volunteer(session, parts.vault, plan_id)
    plan = await plan_views.show(session, parts.vault, plan_id)
    etag.tag(response, plan)
    return plan


@router.post("/{plan_id}/signatures", status_code=201)
async def sign_involvement_plan(
    plan_id: UUID, body: SignatureIn, session: Session, parts: PartsOf, caller: Signer, response: Response
) -> InvolvementPlanItem:
    """Sign, or refuse, for oneself; or record what a family member said. The last agreement brings it into force."""
    plan = await signatures.sign(session, parts.vault, plan_id, body)
    etag.tag(response, plan)
    return plan_views.item_of(plan)
