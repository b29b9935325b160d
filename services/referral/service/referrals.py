"""A referral's course: drafted, submitted, triaged, decided, withdrawn."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.access import audience
from services.referral.domain.family import FamilyRole
from services.referral.domain.referral import LIFECYCLE, Kind, LawfulBasis, Status, is_in_force, missing_to_disclose
from services.referral.domain.risk import RiskState, may_accept
from services.referral.models import Family, Referral
from services.referral.repository import access as access_rows
from services.referral.repository import families, rows
from services.referral.schemas.fields import Move, ReasonedMove
from services.referral.schemas.referrals import ReferralIn
from services.referral.service import access
from services.referral.service.sealing import case_cipher, seal, seal_some
from services.referral.service.telling import of, tell
from services.referral.settings import ReferralSettings
from shared import audit, clocks, history, outbox
from shared.calendar import civil_date, england
from shared.crypto import Vault
from shared.db import Unit, now_of, work_of
from shared.direct import Direct
from shared.errors import Conflict, Forbidden, Gate, NotFound, invalid
from shared.etag import Match
from shared.events.base import SCHEME
from shared.events.referral import (
    ReferralAccepted,
    ReferralDeclined,
    ReferralOutcome,
    ReferralSignposted,
    ReferralSubmitted,
    ReferralTriaged,
    ReferralWithdrawn,
)

DECISION = "decision.overdue"
ASSESSMENT = "assessment.overdue"


async def draft(session: AsyncSession, vault: Vault, body: ReferralIn) -> Referral:
    """A new draft of the caller's organisation, for a family that the caller may see."""
    work = work_of(session)
    if work.organisation is None:
        raise NotFound
    await rows.get(session, Family, body.family)
    referral = Referral(
        partnership_id=work.partnership,
        family_id=body.family,
        organisation_id=work.organisation,
        scheme_id=body.scheme,
        kind=body.kind,
        status=Status.DRAFT,
        requests=b"",
        received_at=work.now,
        risk_state=RiskState.UNKNOWN,
    )
    await _write(session, vault, referral, body)
    session.add(referral)
    history.record(session, "referral", referral.id, (None, Status.DRAFT), family=referral.family_id)
    audit.saw(session, "referral", referral.id, family=referral.family_id)
    return referral


async def redraft(session: AsyncSession, vault: Vault, referral_id: UUID, match: Match, body: ReferralIn) -> Referral:
    """Replace a draft; what was submitted stays as it is."""
    referral = await get_to_move(session, referral_id, match)
    if referral.status != Status.DRAFT:
        raise Conflict("Only a draft can be replaced.", name="illegal-move", **{"from": referral.status, "to": "draft"})
    if body.family != referral.family_id:
        raise invalid("/family", "another-family", "a draft stays with its family")
    await _write(session, vault, referral, body)
    work_of(session).pending.changed = True
    return referral


async def submit(session: Direct, settings: ReferralSettings, referral_id: UUID, match: Match, body: Move) -> Referral:
    """Send the referral to the receiving organisation; from here the clocks run, from the day it was received."""
    referral, sources = await access_rows.lock_referral(session, referral_id)
    as_read(session, referral, match)
    lacking = missing_to_disclose(referral.lawful_basis, referral.special_category_condition, referral.informed)
    if LIFECYCLE.allows(Status(referral.status), Status.SUBMITTED) and lacking:
        raise Conflict(
            "Nothing is disclosed without its lawful basis.",
            name="lawful-basis-missing",
            title="The lawful basis of the disclosure is missing",
            missing=lacking,
        )
    case = access_rows.case_of(referral.family_id, sources)
    move(session, referral, Status.SUBMITTED, body)
    referral.submitted_at = happened(session, referral, body)
    since = referral.received_at - settings.repeat_within
    referral.earlier_referrals = case.sources.count_others_since(referral.id, since)
    decision_due = _start_clocks(session, settings, referral)
    if referral.kind != Kind.ADVOCACY and referral.scheme_id not in case.schemes:
        await access.note_party(session, referral.scheme_id, SCHEME)
    listed = access.note(session, case, case.sources.with_status(referral.id, Status.SUBMITTED))
    told = ReferralSubmitted(**of(referral), decision_due=decision_due)
    outbox.add(session, told, audience=audience(listed, referral.scheme_id))
    return referral


async def triage(session: AsyncSession, referral_id: UUID, match: Match, body: Move) -> Referral:
    """The receiving organisation begins to look at it."""
    referral = await get_to_decide(session, referral_id, match)
    move(session, referral, Status.UNDER_TRIAGE, body)
    await tell(session, referral, ReferralTriaged(**of(referral)))
    return referral


async def accept(session: AsyncSession, referral_id: UUID, match: Match, body: Move) -> Referral:
    """Take the family on; not before the referral's risk is assessed."""
    referral = await get_to_decide(session, referral_id, match)
    accepted = LIFECYCLE.move(Status(referral.status), Status.ACCEPTED)
    if not may_accept(RiskState(referral.risk_state)):
        raise Gate("gate-risk-assessment", "The referral's risk has to be assessed first.", ["risk_assessment"])
    at = happened(session, referral, body)
    referral.decided_at, referral.accepted_on = at, civil_date(at)
    move(session, referral, accepted, body)
    await clocks.stop(session, DECISION, referral.id)
    event = ReferralAccepted(
        **of(referral),
        children=tuple(UUID(child) for child in referral.children),
        accepted_on=referral.accepted_on,
        received_on=civil_date(referral.received_at),
    )
    await tell(session, referral, event)
    return referral


async def decline(session: AsyncSession, referral_id: UUID, match: Match, body: ReasonedMove) -> Referral:
    """Not here; a voluntary organisation that declines sees the family no more."""
    referral = await get_to_decide(session, referral_id, match)
    return await close(session, referral, Status.DECLINED, body, ReferralDeclined)


async def signpost(session: AsyncSession, referral_id: UUID, match: Match, body: ReasonedMove) -> Referral:
    """Somebody else is the right one."""
    referral = await get_to_decide(session, referral_id, match)
    return await close(session, referral, Status.SIGNPOSTED, body, ReferralSignposted)


async def withdraw(session: AsyncSession, referral_id: UUID, match: Match, body: ReasonedMove) -> Referral:
    """The family, or whoever referred it, wants it no more; also in the middle."""
    referral = await get_to_move(session, referral_id, match)
    return await close(session, referral, Status.WITHDRAWN, body, ReferralWithdrawn)


async def close(
    session: AsyncSession,
    referral: Referral,
    status: Status,
    body: ReasonedMove,
    event: Callable[..., ReferralOutcome],
) -> Referral:
    """Any end of a referral: reason, clocks, access, event."""
    at = happened(session, referral, body)
    move(session, referral, status, body, body.reason_code)
    referral.decided_at = referral.decided_at or at
    referral.outcome_reason = body.reason_code
    await clocks.stop(session, DECISION, referral.id)
    await clocks.stop(session, ASSESSMENT, referral.id)
    await access.refresh(session, referral.family_id)
    await tell(session, referral, event(**of(referral), reason_code=body.reason_code))
    return referral


async def get_to_move(session: AsyncSession, referral_id: UUID, match: Match) -> Referral:
    """The referral, locked, as the caller has read it."""
    referral = await rows.get_for_update(session, Referral, referral_id)
    as_read(session, referral, match)
    return referral


def as_read(session: Unit, referral: Referral, match: Match) -> None:
    """Refuse to go on with a locked referral that is not as the caller has read it."""
    match.check(referral)
    audit.saw(session, "referral", referral.id, family=referral.family_id)


async def get_to_decide(session: AsyncSession, referral_id: UUID, match: Match) -> Referral:
    """The referral, locked; refused unless the caller decides for the organisation that received it."""
    referral = await get_to_move(session, referral_id, match)
    require_receiver(session, referral)
    return referral


def require_receiver(session: AsyncSession, referral: Referral) -> None:
    """Refuse whoever does not belong to the receiving organisation."""
    if work_of(session).organisation != referral.scheme_id:
        raise Forbidden("Only the organisation that received the referral may do this.")


def move(session: Unit, referral: Referral, status: Status, body: Move, reason_code: str | None = None) -> None:
    """Change the status as the lifecycle allows, with its history."""
    before = Status(referral.status)
    referral.status = LIFECYCLE.move(before, status)
    history.record(
        session,
        "referral",
        referral.id,
        (before, status),
        family=referral.family_id,
        reason_code=reason_code,
        happened_at=happened(session, referral, body),
    )


def happened(session: Unit, referral: Referral, body: Move) -> datetime:
    """When the step happened: not before the referral was received, not in the future."""
    at = body.happened_at or now_of(session)
    if at > now_of(session):
        raise invalid("/happened_at", "in-the-future", "has not happened yet")
    if body.happened_at and at < referral.received_at:
        raise invalid("/happened_at", "before-receipt", "is before the referral was received")
    return at


def _start_clocks(session: Unit, settings: ReferralSettings, referral: Referral) -> datetime:
    """When the decision is due."""
    calendar = england()
    referral.decision_due = calendar.due(referral.received_at, settings.decision_working_days)
    referral.assessment_due = calendar.due(referral.received_at, settings.assessment_working_days)
    referral.calendar_version = calendar.version
    due = {DECISION: referral.decision_due, ASSESSMENT: referral.assessment_due}
    clocks.note(session, due, referral.id, family=referral.family_id, calendar_version=calendar.version)
    return referral.decision_due


async def _write(session: AsyncSession, vault: Vault, referral: Referral, body: ReferralIn) -> None:
    """Put the draft's body into the row."""
    _check(session, body)
    cipher = await case_cipher(session, vault, referral.family_id)
    basis = body.lawful_basis
    referral.kind, referral.scheme_id = body.kind, body.scheme
    referral.children = [str(child) for child in await _children(session, body)]
    referral.reasons = list(body.reasons)
    referral.reason_text = seal(cipher, "referrals.reason_text", body.reason_text)
    referral.requests = seal_some(cipher, "referrals.requests", body.requests.model_dump(mode="json"))
    referral.agreement = seal(cipher, "referrals.agreement", _agreement(session, body))
    referral.lawful_basis = basis.basis if basis else None
    referral.special_category_condition = basis.special_category_condition if basis else None
    referral.criminal_condition = basis.criminal_condition if basis else None
    referral.informed, referral.not_informed_reason = body.informed, body.not_informed_reason
    referral.received_at = body.received_at or referral.received_at


def _check(session: AsyncSession, body: ReferralIn) -> None:
    now = now_of(session)
    if body.received_at and body.received_at > now:
        raise invalid("/received_at", "in-the-future", "has not happened yet")
    if body.lawful_basis and not is_in_force(LawfulBasis(body.lawful_basis.basis), civil_date(now)):
        raise invalid("/lawful_basis/basis", "not-in-force", "cannot be relied on today")


async def _children(session: AsyncSession, body: ReferralIn) -> Sequence[UUID]:
    """The children it is about: those named, each a child of the family, or else all who belong to it."""
    members = [
        member
        for member, _ in await families.list_members(session, body.family)
        if member.role == FamilyRole.CHILD and member.to_date is None
    ]
    known = [member.person_id for member in members]
    for index, child in enumerate(body.children or []):
        if child not in known:
            raise invalid(f"/children/{index}", "not-in-family", "is not a child of this family")
    return known if body.children is None else list(dict.fromkeys(body.children))


def _agreement(session: AsyncSession, body: ReferralIn) -> dict[str, Any] | None:
    if body.agreement is None:
        return None
    said = body.agreement.model_dump(mode="json")
    recorded_by = body.agreement.recorded_by or work_of(session).person
    return said | {"recorded_by": str(recorded_by) if recorded_by else None}
