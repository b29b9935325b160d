"""The scheme's case of a referral, and a family's children: facts of the referral service, kept as they come."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.facts import Policy
from services.outcomes.domain.plans import CASE_LIFECYCLE, CaseStatus
from services.outcomes.models import Case
from services.outcomes.repository import cases
from services.outcomes.service.counting import recount
from services.outcomes.service.tools import today_of
from shared import history, outbox
from shared.db import now_of, work_of
from shared.events.outcomes import CaseClosed, CaseOpened
from shared.events.referral import ReferralAccepted, ReferralOutcome


async def know(session: AsyncSession, family_id: UUID, children: Iterable[UUID], policy: Policy) -> None:
    """The children of a family, as it is registered now. A child of two families stays with the one that had it."""
    family = await cases.know_family(session, family_id)
    concerned = {*family.listed, *children}
    family.listed = sorted(set(children))
    await cases.know_children(session, family_id, children)
    await session.flush()
    for child in await cases.list_astray(session, concerned):
        child.family_id = await cases.find_family_with(session, child.id) or child.family_id
    await recount(session, family, policy)


async def open_case(session: AsyncSession, told: ReferralAccepted, policy: Policy) -> None:
    """Open the case; one whose end came first is only completed, so that it can be counted."""
    family = await cases.know_family(session, told.family)
    family.listed = sorted({*family.listed, *told.children})
    await cases.know_children(session, told.family, told.children)
    case = await cases.find_case(session, told.referral)
    if case is None:
        case = _new(session, told.referral, told.family, told.kind, CaseStatus.OPEN)
        outbox.add(session, CaseOpened(family=told.family, referral=told.referral))
        history.record(session, "case", case.id, (None, CaseStatus.OPEN), family=told.family)
    case.children = sorted(set(told.children)) or [child.id for child in await cases.list_children(session, family.id)]
    case.received_on, case.accepted_on = told.received_on, told.accepted_on
    await recount(session, family, policy)


async def close_case(session: AsyncSession, told: ReferralOutcome, policy: Policy) -> None:
    """Close the case; a referral that was never accepted leaves a closed one that counts nowhere."""
    family = await cases.know_family(session, told.family)
    case = await cases.find_case(session, told.referral)
    if case is None:
        case = _new(session, told.referral, told.family, told.kind, CaseStatus.CLOSED)
    elif not CASE_LIFECYCLE.allows(case.status, CaseStatus.CLOSED):
        return
    else:
        history.record(
            session,
            "case",
            case.id,
            (case.status, CaseStatus.CLOSED),
            family=told.family,
            reason_code=told.reason_code,
        )
        case.status = CASE_LIFECYCLE.move(case.status, CaseStatus.CLOSED)
        event = CaseClosed(family=told.family, referral=told.referral, reason_code=told.reason_code)
        outbox.add(session, event)
    case.closed_on, case.reason_code = today_of(session), told.reason_code
    await recount(session, family, policy)


def _new(session: AsyncSession, referral: UUID, family: UUID, kind: str, status: CaseStatus) -> Case:
    case = Case(
        id=referral,
        partnership_id=work_of(session).partnership,
        family_id=family,
        kind=kind,
        children=[],
        status=status,
        recorded_at=now_of(session),
    )
    session.add(case)
    return case
