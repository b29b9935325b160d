"""What the matching service does when it is told something; `register` lists all of it."""

from typing import Final

from services.matching.handlers import allegations, people
from services.matching.handlers import referrals as case
from services.matching.handlers import volunteers as staff
from services.matching.handlers.allegations import Allegations
from services.matching.handlers.cases import ReferralCases
from services.matching.handlers.equality import Counting
from services.matching.handlers.referrals import Referrals
from services.matching.handlers.volunteers import Volunteers
from services.matching.service.allegations import KEPT_CLOCK, LADO_CLOCK
from services.matching.service.desk import Desk
from services.matching.service.ending import CHECK_OUT_CLOCK, CONTACT_CLOCK
from services.matching.service.plan_reading import Begun
from services.matching.service.plan_work import PlanJob
from services.matching.service.plans import KIND as PLAN
from services.matching.service.progress import EXPIRED, EXPIRING, LAPSED
from services.matching.service.requests import Cases
from services.matching.settings import MatchingSettings
from shared.case_access import on_case_access_changed
from shared.consumer import Handlers
from shared.events import gateway, matching, referral, training
from shared.http import Background
from shared.jobs import Jobs, Kind
from shared.parts import Parts
from shared.peers import Peers
from shared.worker import background

MOST_SECONDS: Final = 1800.0


def planning(most_seconds: float = MOST_SECONDS) -> Jobs[Begun]:
    """Plans that this process is to compute."""
    return Jobs(Kind(PLAN, most_seconds))


def register(desk: Desk, cases: Cases, plans: Jobs[Begun] | None = None) -> Handlers:
    """Everything that this service hears."""
    handlers = Handlers()
    _cases(handlers, Referrals(desk, cases))
    _volunteers(handlers, Volunteers(desk))
    _counting(handlers, Counting(desk))
    _allegations(handlers, Allegations(desk))
    handlers.on(gateway.MembershipStarted, people.on_membership_started)
    handlers.on(gateway.MembershipEnded, people.on_membership_ended)
    handlers.on_clock(CONTACT_CLOCK, staff.on_contact_overdue)
    handlers.on_clock(PLAN, (plans or planning()).on_due)
    handlers.on_clock(CHECK_OUT_CLOCK, staff.on_not_checked_out)
    handlers.on_clock(EXPIRED, staff.on_clearance_expired)
    handlers.on_clock(LAPSED, staff.on_clearance_lapsed)
    for days in desk.policy.warn_days:
        handlers.on_clock(f"{EXPIRING}-{days}", staff.on_clearance_expiring)
    return handlers


def listen(settings: MatchingSettings) -> Background:
    """The background of a process of this service: everything it hears, and its own way to the referral service."""

    async def run(parts: Parts) -> None:
        peers, plans = Peers(settings), planning()
        desk = Desk(parts.vault, settings.policy, settings.most_known)

        async def compute(parts: Parts) -> None:
            await plans.run(parts, PlanJob(desk))

        try:
            await background(register(desk, ReferralCases(peers), plans), compute)(parts)
        finally:
            await peers.close()

    return run


def _cases(handlers: Handlers, hears: Referrals) -> None:
    handlers.on(referral.CaseAccessChanged, on_case_access_changed)
    handlers.on(referral.ReferralAccepted, hears.on_referral_accepted)
    handlers.on(referral.FamilyChanged, hears.on_family_changed)
    handlers.on(referral.SubjectErased, hears.on_subject_erased)
    handlers.on(referral.AssessmentVisitRecorded, case.on_assessment_visit_recorded)
    handlers.on(referral.InvolvementPlanAgreed, case.on_involvement_plan_agreed)
    handlers.on(referral.RiskChanged, case.on_risk_changed)
    handlers.on(referral.RiskAssessmentCompleted, case.on_risk_assessment_completed)
    handlers.on(referral.ReferralEnding, case.on_referral_ending)
    handlers.on(referral.ReferralConcluded, case.on_referral_concluded)
    handlers.on(referral.ReferralWithdrawn, case.on_referral_withdrawn)
    handlers.on(referral.ReferralDeclined, case.on_referral_declined)
    handlers.on(referral.ReferralSignposted, case.on_referral_signposted)


def _allegations(handlers: Handlers, hears: Allegations) -> None:
    handlers.on(referral.ConcernRaised, hears.on_concern_raised)
    handlers.on_clock(LADO_CLOCK, allegations.on_lado_not_told)
    handlers.on_clock(KEPT_CLOCK, hears.on_kept_until)


def _volunteers(handlers: Handlers, hears: Volunteers) -> None:
    handlers.on(training.InductionStarted, hears.on_induction_started)
    handlers.on(training.VolunteerQualified, hears.on_volunteer_qualified)
    handlers.on(training.VolunteerNotSuitable, hears.on_volunteer_not_suitable)
    handlers.on(matching.VolunteerSuspended, staff.on_volunteer_suspended)
    handlers.on(matching.VolunteerOnBreak, staff.on_volunteer_on_break)
    handlers.on(matching.VolunteerLeft, staff.on_volunteer_left)
    handlers.on(matching.VisitClosed, hears.on_visit_closed)
    handlers.on(matching.ContactRecorded, hears.on_contact_recorded)
    handlers.on(matching.ContactCorrected, hears.on_contact_corrected)


def _counting(handlers: Handlers, hears: Counting) -> None:
    handlers.on(matching.MatchRequestOpened, hears.on_match_request_opened)
    handlers.on(matching.MatchAgreed, hears.on_match_agreed)
    handlers.on(matching.MatchRequestClosed, hears.on_match_request_closed)
