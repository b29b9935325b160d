"""Clearance: certificates that were seen, references, identity and checks; with training they clear a volunteer."""

from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import clearance
from services.matching.models import Check, Clearance, Volunteer
from services.matching.repository import volunteers
from services.matching.schemas.clearances import AuthorityCheckIn, ClearanceIn, IdentityIn, ReferenceIn
from services.matching.service import progress
from services.matching.service.days import day_of
from services.matching.service.desk import Desk
from shared import audit
from shared.db import now_of, work_of
from shared.errors import Conflict

Kind = Literal["reference", "identity", "la_check", "overseas"]
NUMBER = "volunteer_clearances.certificate_number"
DETAIL = "volunteer_checks.detail"


async def record(session: AsyncSession, desk: Desk, volunteer_id: UUID, body: ClearanceIn) -> Clearance:
    """A certificate was seen. A level above what the role is entitled to is `disclosure-not-entitled`."""
    volunteer = await _locked(session, volunteer_id)
    checks = await progress.checks_of(session, volunteer)
    if not clearance.may_ask_for(checks.rule, body.level):
        raise Conflict(
            "Asking for a disclosure above the role's entitlement is an offence.",
            name="disclosure-not-entitled",
            title="The role is not entitled to this level",
            entitled=checks.rule.level.value,
        )
    work = work_of(session)
    cipher = await desk.person(session, volunteer.id)
    row = Clearance(
        partnership_id=volunteer.partnership_id,
        volunteer_id=volunteer.id,
        level=body.level.value,
        workforce=body.workforce.value,
        issued_on=day_of(session, body.issued_on, "/issued_on"),
        certificate_number=cipher.seal(NUMBER, body.certificate_number),
        seen_by=body.seen_by,
        decision=body.decision.value,
        recorded_by=work.actor,
        recorded_at=work.now,
    )
    session.add(row)
    await _advance(session, desk, volunteer)
    return row


async def refer(session: AsyncSession, desk: Desk, volunteer_id: UUID, body: ReferenceIn) -> Check:
    """A reference was taken up."""
    detail = {"referee": body.referee, "relationship": body.relationship}
    done_on = day_of(session, body.received_on, "/received_on")
    return await _check(session, desk, volunteer_id, ("reference", done_on, body.satisfactory), detail)


async def identify(session: AsyncSession, desk: Desk, volunteer_id: UUID, body: IdentityIn) -> Check:
    """Identity documents were seen."""
    done_on = day_of(session, body.checked_on, "/checked_on")
    outcome: _Outcome = ("identity", done_on, body.satisfactory)
    return await _check(session, desk, volunteer_id, outcome, {"documents": body.documents})


async def note_check(
    session: AsyncSession, desk: Desk, volunteer_id: UUID, kind: Literal["la_check", "overseas"], body: AuthorityCheckIn
) -> Check:
    """The local authority's check, or the one abroad."""
    done_on = day_of(session, body.checked_on, "/checked_on")
    return await _check(session, desk, volunteer_id, (kind, done_on, body.satisfactory), None)


_Outcome = tuple[Kind, date, bool]


async def _check(
    session: AsyncSession, desk: Desk, volunteer_id: UUID, outcome: _Outcome, detail: Mapping[str, object] | None
) -> Check:
    volunteer = await _locked(session, volunteer_id)
    cipher = await desk.person(session, volunteer.id)
    row = Check(
        partnership_id=volunteer.partnership_id,
        volunteer_id=volunteer.id,
        kind=outcome[0],
        done_on=outcome[1],
        satisfactory=outcome[2],
        detail=cipher.seal(DETAIL, orjson.dumps(detail).decode()) if detail else None,
        recorded_by=work_of(session).actor,
        recorded_at=now_of(session),
    )
    session.add(row)
    await _advance(session, desk, volunteer)
    return row


async def _locked(session: AsyncSession, volunteer_id: UUID) -> Volunteer:
    volunteer = await volunteers.get_for_update(session, volunteer_id)
    audit.saw(session, "volunteer", volunteer.id)
    work_of(session).pending.changed = True
    return volunteer


async def _advance(session: AsyncSession, desk: Desk, volunteer: Volunteer) -> None:
    await session.flush()
    await progress.advance(session, desk, volunteer)
