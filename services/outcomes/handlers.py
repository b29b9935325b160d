"""What the outcomes service does when it is told something; `register` lists all of it."""

from typing import Any, Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.facts import Policy
from services.outcomes.repository import plans
from services.outcomes.schemas.baseline import AssessmentVisit
from services.outcomes.service import cases, long_running, readings
from services.outcomes.settings import policy_of
from shared.case_access import on_case_access_changed
from shared.clocks import DueClock
from shared.consumer import Handlers, Later
from shared.crypto import Subject, SubjectKind
from shared.db import work_of
from shared.events.referral import (
    AssessmentVisitRecorded,
    CaseAccessChanged,
    FamilyChanged,
    FamilyEvent,
    FamilyRegistered,
    ReferralAccepted,
    ReferralConcluded,
    ReferralDeclined,
    ReferralOutcome,
    ReferralSignposted,
    ReferralWithdrawn,
    SubjectErased,
)
from shared.parts import Parts
from shared.peers import Peers
from shared.worker import background


class Cases(Protocol):
    """What is read of the referral service."""

    async def assessment_visit(self, referral: UUID, partnership: UUID) -> Any:
        """The JSON of the visit; `Later` while the referral service is away."""
        ...


class Keys(Protocol):
    """What is done to this service's keys."""

    async def destroy(self, partnership: UUID, subject: Subject) -> None:
        """Destroy a key for good."""
        ...


class ReferralCases:
    """The referral service, read with this service's own token."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def assessment_visit(self, referral: UUID, partnership: UUID) -> Any:
        return await self._peers.get("referral", f"/v1/referrals/{referral}/assessment-visit", partnership)


class NotConnected:
    """Stands in where a process has neither peers nor keys: whatever needs them waits."""

    async def assessment_visit(self, referral: UUID, partnership: UUID) -> Any:
        raise Later("no peers here")

    async def destroy(self, partnership: UUID, subject: Subject) -> None:
        raise Later("no keys here")


class Listener:
    """Handlers that need more than the session."""

    def __init__(self, read: Cases, keys: Keys, policy: Policy) -> None:
        self._read, self._keys, self._policy = read, keys, policy

    async def on_family_told(self, session: AsyncSession, event: FamilyEvent) -> None:
        await cases.know(session, event.family, event.children, self._policy)

    async def on_referral_accepted(self, session: AsyncSession, event: ReferralAccepted) -> None:
        await cases.open_case(session, event, self._policy)

    async def on_referral_over(self, session: AsyncSession, event: ReferralOutcome) -> None:
        await cases.close_case(session, event, self._policy)

    async def on_assessment_visit_recorded(self, session: AsyncSession, event: AssessmentVisitRecorded) -> None:
        answer = await self._read.assessment_visit(event.referral, work_of(session).partnership)
        visit = AssessmentVisit.model_validate(answer)
        await readings.record_baseline(session, self._policy, (event.family, event.referral), visit)

    async def on_subject_erased(self, session: AsyncSession, event: SubjectErased) -> None:
        subject = Subject(SubjectKind(event.subject_kind), event.subject)
        await self._keys.destroy(work_of(session).partnership, subject)

    async def on_long_running(self, session: AsyncSession, due: DueClock) -> None:
        plan = await plans.find_plan(session, due.subject)
        await long_running.tell_due(session, plan, due, self._policy)


def register(read: Cases | None = None, keys: Keys | None = None, policy: Policy | None = None) -> Handlers:
    """Everything that this service hears."""
    listener = Listener(read or NotConnected(), keys or NotConnected(), policy or Policy())
    h = Handlers()
    h.on(CaseAccessChanged, on_case_access_changed)
    h.on(FamilyRegistered, listener.on_family_told)
    h.on(FamilyChanged, listener.on_family_told)
    h.on(ReferralAccepted, listener.on_referral_accepted)
    h.on(ReferralDeclined, listener.on_referral_over)
    h.on(ReferralSignposted, listener.on_referral_over)
    h.on(ReferralWithdrawn, listener.on_referral_over)
    h.on(ReferralConcluded, listener.on_referral_over)
    h.on(AssessmentVisitRecorded, listener.on_assessment_visit_recorded)
    h.on(SubjectErased, listener.on_subject_erased)
    h.on_clock(long_running.KIND, listener.on_long_running)
    return h


async def work(parts: Parts) -> None:
    """Everything that runs beside the API, connected to the referral service and to this process's keys."""
    peers = Peers(parts.settings)
    try:
        await background(register(ReferralCases(peers), parts.vault, policy_of(parts.settings)))(parts)
    finally:
        await peers.close()
