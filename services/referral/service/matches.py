"""What matches mean here: who signs, who may see the family, and when a referral becomes active."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.match import OVER, MatchState, after
from services.referral.domain.plan import SIGNATORY_LIFECYCLE, SignatoryState
from services.referral.domain.referral import LIFECYCLE, Status
from services.referral.models import InvolvementPlan, MatchVolunteer, Referral
from services.referral.repository import concerns, plans, referrals, rows
from services.referral.schemas.fields import Move
from services.referral.service import access
from services.referral.service.plans import volunteer_signatory
from services.referral.service.referrals import move
from services.referral.service.signatures import settle
from services.referral.service.telling import of, tell
from shared.db import work_of
from shared.events.matching import MatchEvent, MatchStarted
from shared.events.referral import ReferralActivated


async def hear(session: AsyncSession, event: MatchEvent, heard: MatchState, person: UUID | None = None) -> None:
    """Take in what a match has come to."""
    await rows.find_for_update(session, Referral, event.referral)
    match = await rows.find_for_update(session, MatchVolunteer, event.match)
    if match is None:
        match = _new(session, event, heard)
        session.add(match)
    match.person_id = person or match.person_id
    match.state = after(MatchState(match.state), heard)
    match.was_introduced = match.was_introduced or heard is MatchState.INTRODUCED
    if match.person_id is not None:
        await concerns.name_person_of_volunteer(session, match.volunteer_id, match.person_id)
    await session.flush()
    await _take_place(session, match)
    if await rows.find(session, Referral, match.referral_id) is not None:
        await access.refresh(session, match.family_id)


async def hide_from(session: AsyncSession, volunteer: UUID) -> None:
    """A volunteer is suspended: they see nothing from now on, whatever their matches still say."""
    for match in await referrals.list_matches_of_volunteer(session, volunteer):
        match.state = after(MatchState(match.state), MatchState.PAUSED)
        await session.flush()
        await _take_place(session, match)
        await access.refresh(session, match.family_id)


async def show_again(session: AsyncSession, volunteer: UUID) -> None:
    """A volunteer is back: they may sign where a match is agreed; a match that had begun waits to be resumed."""
    for match in await referrals.list_matches_of_volunteer(session, volunteer):
        if match.state == MatchState.PAUSED and not match.was_introduced:
            match.state = MatchState.AGREED
            await session.flush()
            await _take_place(session, match)


async def activate(session: AsyncSession, event: MatchStarted) -> None:
    """The first match that starts makes the referral active."""
    referral = await rows.find_for_update(session, Referral, event.referral)
    if referral is None or not LIFECYCLE.allows(Status(referral.status), Status.ACTIVE):
        return
    move(session, referral, Status.ACTIVE, Move())
    await tell(session, referral, ReferralActivated(**of(referral)))


def _new(session: AsyncSession, event: MatchEvent, heard: MatchState) -> MatchVolunteer:
    return MatchVolunteer(
        id=event.match,
        partnership_id=work_of(session).partnership,
        family_id=event.family,
        referral_id=event.referral,
        volunteer_id=event.volunteer,
        state=heard,
    )


async def _take_place(session: AsyncSession, match: MatchVolunteer) -> None:
    """Give the volunteer their place on the present version, or take it away when the match is over."""
    places = await plans.list_signatories_of_match(session, match.id)
    for place in places:
        place.person_id = match.person_id
        place.may_read = match.state not in OVER | {MatchState.PAUSED}
        if match.state in OVER and place.state != SignatoryState.RELEASED:
            place.state = SIGNATORY_LIFECYCLE.move(SignatoryState(place.state), SignatoryState.RELEASED)
    current = await plans.list_current_for_update(session, match.referral_id)
    if not current:
        return
    if match.state not in OVER and current[0].id not in {place.plan_id for place in places}:
        session.add(volunteer_signatory(current[0], match))
    await _settle(session, current[0])


async def _settle(session: AsyncSession, plan: InvolvementPlan) -> None:
    """Somebody who no longer signs may have been the last who had not."""
    referral = await rows.get(session, Referral, plan.referral_id)
    await settle(session, referral, plan)
