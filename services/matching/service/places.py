"""Places: how many live matches a request and a volunteer have, counted under the locks of their rows."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import REQUESTS, RequestStatus
from services.matching.models import Match, MatchRequest, Volunteer
from services.matching.repository import requests, volunteers
from services.matching.service import standing
from shared import history, outbox
from shared.errors import Conflict
from shared.events.matching import MatchRequestReopened


def take(session: AsyncSession, request: MatchRequest, volunteer: Volunteer, visits: int = 1) -> int:
    """Take a place of both, whose rows are locked; `capacity-reached` when the volunteer has none left.

    The number of visits a week that the match takes of the volunteer's: those asked for, as far as there are any.
    """
    if volunteer.places_taken >= volunteer.capacity:
        raise Conflict(
            "The volunteer has as many families as they can have.",
            name="capacity-reached",
            title="The volunteer has no place left",
        )
    taken = max(1, min(visits, volunteer.visits_a_week - volunteer.visits_taken))
    volunteer.places_taken += 1
    volunteer.visits_taken += taken
    request.places_taken += 1
    if request.places_taken >= request.volunteers_wanted:
        move_request(session, request, RequestStatus.FILLED)
    return taken


def agree(session: AsyncSession, volunteer: Volunteer) -> None:
    """The place is taken for good."""
    volunteer.places_agreed += 1
    standing.settle(session, volunteer)


async def free(session: AsyncSession, match: Match, *, was_agreed: bool) -> None:
    """Give the place back; the request opens again, with the time that it has waited, while its referral goes on."""
    request = await requests.get_for_update(session, match.match_request_id)
    request.places_taken -= 1
    if request.status == RequestStatus.FILLED and await _goes_on(session, request):
        move_request(session, request, RequestStatus.OPEN)
        event = MatchRequestReopened(family=request.family_id, referral=request.referral_id, match_request=request.id)
        outbox.add(session, event)
    volunteer = await volunteers.get_for_update(session, match.volunteer_id)
    volunteer.places_taken -= 1
    volunteer.visits_taken -= match.visits_a_week
    volunteer.places_agreed -= was_agreed
    standing.settle(session, volunteer)


def move_request(
    session: AsyncSession, request: MatchRequest, to: RequestStatus, reason_code: str | None = None
) -> None:
    """Move the request, with history."""
    before = RequestStatus(request.status)
    request.status = REQUESTS.move(before, to).value
    history.record(
        session,
        "match-request",
        request.id,
        (before.value, to.value),
        family=request.family_id,
        reason_code=reason_code,
    )


async def _goes_on(session: AsyncSession, request: MatchRequest) -> bool:
    fact = await requests.find_facts(session, request.referral_id)
    return fact is None or not (fact.ending or fact.ended_as)
