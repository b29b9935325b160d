"""What is heard from the referral service."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.service import facts, requests
from services.matching.service.desk import Desk
from services.matching.service.requests import Cases
from shared.crypto import Erased, Subject, SubjectKind
from shared.db import work_of
from shared.events.referral import (
    AssessmentVisitRecorded,
    FamilyChanged,
    InvolvementPlanAgreed,
    ReferralAccepted,
    ReferralConcluded,
    ReferralDeclined,
    ReferralEnding,
    ReferralSignposted,
    ReferralWithdrawn,
    RiskAssessmentCompleted,
    RiskChanged,
    SubjectErased,
)

VOLUNTEER_SUPPORT = "volunteer_support"


class Referrals:
    """Hears of referrals; reads the facts that may not ride the bus."""

    def __init__(self, desk: Desk, cases: Cases) -> None:
        self._desk = desk
        self._cases = cases

    async def on_referral_accepted(self, session: AsyncSession, event: ReferralAccepted) -> None:
        """Open a request. Other kinds of referral want no volunteer; of an erased case nothing is opened."""
        if event.kind != VOLUNTEER_SUPPORT:
            return
        try:
            await requests.open_request(session, self._desk, self._cases, event)
        except Erased:
            return

    async def on_family_changed(self, session: AsyncSession, event: FamilyChanged) -> None:
        """Read the facts of its requests again."""
        await self._read_again(session, event)

    async def on_subject_erased(self, session: AsyncSession, event: SubjectErased) -> None:
        """Destroy the key. Of an erased person nothing may stay among the facts of the case either."""
        subject = Subject(SubjectKind(event.subject_kind), event.subject)
        await self._desk.vault.destroy(work_of(session).partnership, subject)
        if subject.kind is SubjectKind.PERSON:
            self._desk.known.forget(work_of(session).partnership, subject.id)
            await self._read_again(session, event)

    async def _read_again(self, session: AsyncSession, event: FamilyChanged | SubjectErased) -> None:
        try:
            await requests.read_again(session, self._desk, self._cases, event.family)
        except Erased:
            return


async def on_assessment_visit_recorded(session: AsyncSession, event: AssessmentVisitRecorded) -> None:
    """Lifts the gate for proposals."""
    await facts.visited(session, event.family, event.referral, event.visited_on)


async def on_involvement_plan_agreed(session: AsyncSession, event: InvolvementPlanAgreed) -> None:
    """Lifts the gate for starting visits; says which tasks there are and whether a child may be seen alone."""
    await facts.plan_agreed(session, event)


async def on_risk_changed(session: AsyncSession, event: RiskChanged) -> None:
    """No visits until it is assessed."""
    await facts.risk(session, event.family, event.referral, is_open=True)


async def on_risk_assessment_completed(session: AsyncSession, event: RiskAssessmentCompleted) -> None:
    """Visits may go on."""
    await facts.risk(session, event.family, event.referral, is_open=False)


async def on_referral_ending(session: AsyncSession, event: ReferralEnding) -> None:
    """Time to say goodbye."""
    fact = await facts.of_referral(session, event.family, event.referral)
    fact.ending = True
    await session.flush()
    await requests.wind_down(session, event.referral)


async def on_referral_concluded(session: AsyncSession, event: ReferralConcluded) -> None:
    """The match ends; capacity is free again."""
    await _over(session, event, "concluded")


async def on_referral_withdrawn(session: AsyncSession, event: ReferralWithdrawn) -> None:
    """The family does not want it any more."""
    await _over(session, event, "withdrawn")


async def on_referral_declined(session: AsyncSession, event: ReferralDeclined) -> None:
    """Nothing comes of it."""
    await _over(session, event, "declined")


async def on_referral_signposted(session: AsyncSession, event: ReferralSignposted) -> None:
    """Others see to it."""
    await _over(session, event, "signposted")


_End = ReferralConcluded | ReferralWithdrawn | ReferralDeclined | ReferralSignposted


async def _over(session: AsyncSession, event: _End, ended_as: str) -> None:
    await facts.ended(session, event.family, event.referral, ended_as)
    await session.flush()
    await requests.shut(session, event.referral, ended_as)
