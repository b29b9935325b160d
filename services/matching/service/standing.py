"""A volunteer's standing: every move of their status, and telling of it."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.volunteers import LIFECYCLE, WORKING, VolunteerStatus, settled
from services.matching.models import Volunteer
from shared import history, outbox
from shared.errors import Conflict
from shared.events.matching import SupervisionHeld, VolunteerMoved


def move(
    session: AsyncSession,
    volunteer: Volunteer,
    to: VolunteerStatus,
    reason_code: str | None = None,
    happened_at: datetime | None = None,
) -> None:
    """Move the volunteer, with history; `IllegalMove` where the lifecycle has no such step."""
    before = VolunteerStatus(volunteer.status)
    volunteer.status = LIFECYCLE.move(before, to).value
    history.record(
        session, "volunteer", volunteer.id, (before.value, to.value), reason_code=reason_code, happened_at=happened_at
    )


def settle(session: AsyncSession, volunteer: Volunteer) -> None:
    """Available or matched, as the agreed matches say."""
    status = VolunteerStatus(volunteer.status)
    wanted = settled(status, volunteer.places_agreed)
    if wanted is not status:
        move(session, volunteer, wanted)


def announce(session: AsyncSession, volunteer: Volunteer, event: VolunteerMoved | SupervisionHeld) -> None:
    """Tell of the volunteer, to the organisation that looks after them."""
    outbox.add(session, event, audience=[volunteer.organisation_id])


def require_ready(volunteer: Volunteer) -> None:
    """Refuse (409) what only a volunteer who is available or matched may do."""
    if VolunteerStatus(volunteer.status) not in WORKING:
        raise Conflict(
            "The volunteer is neither available nor matched.",
            name="volunteer-not-ready",
            title="The volunteer cannot be with a family now",
            volunteer_status=volunteer.status,
        )
