"""Signing an involvement plan: each for themselves, a family member by a worker who does not sign the same version."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.plan import (
    PLAN_LIFECYCLE,
    SIGNATORY_LIFECYCLE,
    Decision,
    PlanStatus,
    SignatoryRole,
    SignatoryState,
    Standing,
    is_agreed,
)
from services.referral.models import InvolvementPlan, PlanSignatory, PlanSignature, Referral
from services.referral.repository import plans, rows
from services.referral.schemas.plans import SignatureIn
from services.referral.service.plans import supersede
from services.referral.service.platform import platform_view
from services.referral.service.sealing import case_cipher, seal
from services.referral.service.telling import of, tell
from shared import audit, history
from shared.auth import Role
from shared.crypto import Vault
from shared.db import now_of, work_of
from shared.errors import Conflict, Forbidden, IllegalMove, NotFound, WaitingFor, invalid
from shared.events.matching import MatchAgreed
from shared.events.referral import InvolvementPlanAgreed, InvolvementPlanRefused

# In what capacity somebody may sign, by the roles that they hold.
CAPACITIES = {
    SignatoryRole.LEAD_PRACTITIONER: {Role.LEAD_PRACTITIONER, Role.SOCIAL_WORKER},
    SignatoryRole.PROJECT_MANAGER: {Role.PROJECT_MANAGER},
    SignatoryRole.VOLUNTEER: {Role.VOLUNTEER},
}
RECORDERS = {Role.COORDINATOR, Role.SOCIAL_WORKER}


async def sign(session: AsyncSession, vault: Vault, plan_id: UUID, body: SignatureIn) -> InvolvementPlan:
    """Record what a signatory says; the last agreement brings the version into force."""
    await _require_readable(session, plan_id)
    if body.signed_at and body.signed_at > now_of(session):
        raise invalid("/signed_at", "in-the-future", "has not happened yet")
    async with platform_view(session):
        plan = await rows.get(session, InvolvementPlan, plan_id)
        referral = await rows.get_for_update(session, Referral, plan.referral_id)
        plan = await rows.get_for_update(session, InvolvementPlan, plan_id)
        await _require_current(session, plan)
        signatories = await plans.list_signatories(session, plan.id)
        signatory = _signatory(session, signatories, body)
        await _write(session, vault, signatory, body)
        await settle(session, referral, plan, signatory)
    audit.saw(session, "involvement-plan", plan.id)
    return plan


async def settle(
    session: AsyncSession, referral: Referral, plan: InvolvementPlan, signatory: PlanSignatory | None = None
) -> None:
    """What follows from the signatures: in force, refused, or nothing yet."""
    await session.flush()
    standings = [
        Standing(SignatoryRole(one.role), SignatoryState(one.state))
        for one in await plans.list_signatories(session, plan.id)
    ]
    if signatory is not None and signatory.state == SignatoryState.REFUSED:
        await _refuse(session, referral, plan)
    elif (signatory is not None) if plan.status == PlanStatus.IN_FORCE else is_agreed(standings):
        await _come_into_force(session, referral, plan)


async def _require_readable(session: AsyncSession, plan_id: UUID) -> None:
    if await rows.find(session, InvolvementPlan, plan_id) is not None:
        return
    if not work_of(session).roles or set(work_of(session).roles) - {Role.VOLUNTEER.value}:
        raise NotFound
    # The same answer whether there is such a plan or not: a volunteer reads it from the moment their match is agreed.
    raise WaitingFor("gate-match-agreed", "You can sign once your match is agreed.", [MatchAgreed.TYPE])


async def _require_current(session: AsyncSession, plan: InvolvementPlan) -> None:
    if plan.status == PlanStatus.REFUSED:
        raise IllegalMove(plan.status, "signed")
    current = await plans.list_current_for_update(session, plan.referral_id)
    if not current or current[0].id != plan.id:
        raise Conflict(
            "There is a later version: sign that one.",
            name="version-superseded",
            title="This version is old",
            current=str(current[0].id) if current else None,
        )


def _signatory(session: AsyncSession, signatories: Sequence[PlanSignatory], body: SignatureIn) -> PlanSignatory:
    """Whose signature this is; refused when the caller may not give it."""
    person = work_of(session).person
    if person is None:
        raise Forbidden("A signature is a named person's.")
    wanted = body.on_behalf_of or person
    found = [one for one in signatories if one.person_id == wanted and one.state != SignatoryState.RELEASED]
    if not found:
        raise Forbidden("No signature of this person is wanted on this version.")
    if body.on_behalf_of is None:
        _require_capacity(session, found[0])
    else:
        _require_recorder(session, signatories, found[0])
    return found[0]


def _require_capacity(session: AsyncSession, signatory: PlanSignatory) -> None:
    if not CAPACITIES.get(SignatoryRole(signatory.role), set()) & set(work_of(session).roles):
        raise Forbidden("Your role does not sign in this capacity.")


def _require_recorder(session: AsyncSession, signatories: Sequence[PlanSignatory], signatory: PlanSignatory) -> None:
    """A family member's act is recorded by a coordinator or social worker whose own signature does not count here."""
    work = work_of(session)
    if signatory.role != SignatoryRole.PARENT:
        raise Forbidden("Only a family member's signature can be recorded by somebody else.")
    if not RECORDERS & set(work.roles):
        raise Forbidden
    if any(one.person_id == work.person for one in signatories):
        raise Forbidden("Somebody who signs this version may not record another's signature on it.")


async def _write(session: AsyncSession, vault: Vault, signatory: PlanSignatory, body: SignatureIn) -> None:
    before = SignatoryState(signatory.state)
    signatory.state = SIGNATORY_LIFECYCLE.move(before, SignatoryState(body.decision))
    cipher = await case_cipher(session, vault, signatory.family_id)
    at = body.signed_at or now_of(session)
    session.add(
        PlanSignature(
            partnership_id=signatory.partnership_id,
            plan_id=signatory.plan_id,
            family_id=signatory.family_id,
            signatory_id=signatory.id,
            decision=body.decision,
            reason_code=body.reason_code if body.decision is Decision.REFUSED else None,
            recorded_by=work_of(session).actor,
            on_behalf_of=body.on_behalf_of,
            method=body.method,
            evidence=seal(cipher, "plan_signatures.evidence", body.evidence),
            interpreter=body.interpreter,
            witness=seal(cipher, "plan_signatures.witness", body.witness),
            signed_at=at,
            recorded_at=now_of(session),
        )
    )
    history.record(
        session,
        "plan-signatory",
        signatory.id,
        (before, signatory.state),
        family=signatory.family_id,
        reason_code=body.reason_code,
        happened_at=at,
    )


async def _refuse(session: AsyncSession, referral: Referral, plan: InvolvementPlan) -> None:
    # Where the version is in force already, a volunteer who comes later refuses for themselves only.
    if plan.status == PlanStatus.DRAFTED:
        plan.status = PLAN_LIFECYCLE.move(PlanStatus.DRAFTED, PlanStatus.REFUSED)
        change = (PlanStatus.DRAFTED, PlanStatus.REFUSED)
        history.record(session, "involvement-plan", plan.id, change, family=plan.family_id)
    event = InvolvementPlanRefused(**of(referral), involvement_plan=plan.id, version_number=plan.version_number)
    await tell(session, referral, event)


async def _come_into_force(session: AsyncSession, referral: Referral, plan: InvolvementPlan) -> None:
    """In force; told again when a volunteer who came later has signed the version in force."""
    if plan.status == PlanStatus.DRAFTED:
        current = await plans.list_current_for_update(session, plan.referral_id)
        supersede(session, [one for one in current if one.id != plan.id])
        plan.status = PLAN_LIFECYCLE.move(PlanStatus.DRAFTED, PlanStatus.IN_FORCE)
        plan.agreed_at = now_of(session)
        change = (PlanStatus.DRAFTED, PlanStatus.IN_FORCE)
        history.record(session, "involvement-plan", plan.id, change, family=plan.family_id)
    event = InvolvementPlanAgreed(
        **of(referral),
        involvement_plan=plan.id,
        version_number=plan.version_number,
        tasks=tuple(task.id for task in await plans.list_tasks(session, plan.id)),
        volunteers=tuple(
            one.volunteer_id
            for one in await plans.list_signatories(session, plan.id)
            if one.volunteer_id and one.state == SignatoryState.AGREED
        ),
        seen_alone_allowed=plan.seen_alone_allowed,
        visits_a_week=plan.visits_a_week,
        review_on=plan.review_on,
    )
    await tell(session, referral, event)
