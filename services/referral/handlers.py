"""What the referral service does when it is told something; `register` lists all of it."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.ending import CLOSING_READING, evaluation_by
from services.referral.domain.match import MatchState
from services.referral.models import Referral
from services.referral.repository import rows
from services.referral.service import access, child_plans, concerns, ending, matches
from services.referral.service.referrals import ASSESSMENT, DECISION
from services.referral.service.telling import of, tell
from shared.clocks import DueClock
from shared.consumer import Handlers
from shared.events import matching, outcomes
from shared.events.referral import AssessmentOverdue, DecisionOverdue


async def on_plan_started(session: AsyncSession, event: outcomes.PlanStarted) -> None:
    await child_plans.note_started(session, event, event.plan, event.actions)


async def on_plan_stepped_down(session: AsyncSession, event: outcomes.PlanSteppedDown) -> None:
    await child_plans.note_ended(session, event, event.plan, event.stepped_on)
    if event.new_plan is not None:
        await child_plans.note_started(session, event, event.new_plan, event.actions)


async def on_plan_stepped_up(session: AsyncSession, event: outcomes.PlanSteppedUp) -> None:
    await on_plan_stepped_down(session, event)


async def on_plan_ended(session: AsyncSession, event: outcomes.PlanEnded) -> None:
    await child_plans.note_ended(session, event, event.plan, event.ended_on)


async def on_match_agreed(session: AsyncSession, event: matching.MatchAgreed) -> None:
    await matches.hear(session, event, MatchState.AGREED, event.volunteer_person)


async def on_match_introduced(session: AsyncSession, event: matching.MatchIntroduced) -> None:
    await matches.hear(session, event, MatchState.INTRODUCED, event.volunteer_person)


async def on_match_started(session: AsyncSession, event: matching.MatchStarted) -> None:
    await matches.activate(session, event)


async def on_match_paused(session: AsyncSession, event: matching.MatchPaused) -> None:
    await matches.hear(session, event, MatchState.PAUSED, event.volunteer_person)


async def on_match_resumed(session: AsyncSession, event: matching.MatchResumed) -> None:
    await matches.hear(session, event, MatchState.INTRODUCED, event.volunteer_person)


async def on_match_ended(session: AsyncSession, event: matching.MatchEnded) -> None:
    await matches.hear(session, event, MatchState.ENDED, event.volunteer_person)


async def on_match_cancelled(session: AsyncSession, event: matching.MatchCancelled) -> None:
    await matches.hear(session, event, MatchState.CANCELLED)


async def on_volunteer_suspended(session: AsyncSession, event: matching.VolunteerSuspended) -> None:
    await matches.hide_from(session, event.volunteer)


async def on_volunteer_reinstated(session: AsyncSession, event: matching.VolunteerReinstated) -> None:
    await matches.show_again(session, event.volunteer)


async def on_evaluation_recorded(session: AsyncSession, event: outcomes.EvaluationRecorded) -> None:
    await ending.note_fact(session, event, evaluation_by(event.by, event.volunteer))


async def on_reading_recorded(session: AsyncSession, event: outcomes.ReadingRecorded) -> None:
    if event.occasion == "closing":
        await ending.note_fact(session, event, CLOSING_READING)


async def on_decision_overdue(session: AsyncSession, clock: DueClock) -> None:
    """Nobody has decided within the working day."""
    referral = await rows.get_for_update(session, Referral, clock.subject)
    if referral.decided_at is None:
        await tell(session, referral, DecisionOverdue(**of(referral), due_at=clock.due_at))


async def on_assessment_overdue(session: AsyncSession, clock: DueClock) -> None:
    """Nobody has visited within the forty-five working days."""
    referral = await rows.get_for_update(session, Referral, clock.subject)
    if referral.assessment_visit_on is None:
        await tell(session, referral, AssessmentOverdue(**of(referral), due_at=clock.due_at))


def register() -> Handlers:
    """Everything that this service hears."""
    handlers = Handlers()
    handlers.on(outcomes.PlanStarted, on_plan_started)
    handlers.on(outcomes.PlanSteppedDown, on_plan_stepped_down)
    handlers.on(outcomes.PlanSteppedUp, on_plan_stepped_up)
    handlers.on(outcomes.PlanEnded, on_plan_ended)
    handlers.on(outcomes.EvaluationRecorded, on_evaluation_recorded)
    handlers.on(outcomes.ReadingRecorded, on_reading_recorded)
    handlers.on(matching.MatchAgreed, on_match_agreed)
    handlers.on(matching.MatchIntroduced, on_match_introduced)
    handlers.on(matching.MatchStarted, on_match_started)
    handlers.on(matching.MatchPaused, on_match_paused)
    handlers.on(matching.MatchResumed, on_match_resumed)
    handlers.on(matching.MatchEnded, on_match_ended)
    handlers.on(matching.MatchCancelled, on_match_cancelled)
    handlers.on(matching.VolunteerSuspended, on_volunteer_suspended)
    handlers.on(matching.VolunteerReinstated, on_volunteer_reinstated)
    handlers.on_clock(DECISION, on_decision_overdue)
    handlers.on_clock(ASSESSMENT, on_assessment_overdue)
    handlers.on_clock(concerns.UNACKNOWLEDGED, concerns.on_unacknowledged)
    handlers.on_clock(access.BOUNDARY, access.on_allocation_boundary)
    return handlers
