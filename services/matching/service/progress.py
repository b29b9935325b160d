"""How far a volunteer has come: clearance and training put together, and the steps that follow from them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import clearance
from services.matching.domain.clearance import Checks, Decision, Disclosure, Frequency, Level, VolunteerRole, Workforce
from services.matching.domain.policy import Policy
from services.matching.domain.volunteers import Training, VolunteerStatus, onward
from services.matching.models import Volunteer
from services.matching.repository import volunteers
from services.matching.service import standing
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared import clocks
from shared.calendar import LONDON
from shared.db import now_of
from shared.errors import Conflict, Gate
from shared.events.matching import VolunteerCleared

EXPIRED: Final = "clearance-expired"
EXPIRING: Final = "clearance-expiring"
LAPSED: Final = "clearance-lapsed"


async def checks_of(session: AsyncSession, volunteer: Volunteer) -> Checks:
    """Everything that is known about the volunteer's clearance; 409 `not-applied` before they applied for a role."""
    if volunteer.role is None or volunteer.frequency is None:
        raise Conflict("The volunteer has not applied for a role yet.", name="not-applied")
    rule = clearance.rule_for(VolunteerRole(volunteer.role), Frequency(volunteer.frequency), today(session))
    known = await volunteers.list_checks(session, volunteer.id)
    latest = {one.kind: one.satisfactory for one in known}
    training = await volunteers.find_training(session, volunteer.id)
    return Checks(
        rule=rule,
        disclosures=[
            Disclosure(Level(one.level), Workforce(one.workforce), one.issued_on, Decision(one.decision))
            for one in await volunteers.list_clearances(session, volunteer.id)
        ],
        references=sum(one.satisfactory for one in known if one.kind == "reference"),
        identity=latest.get("identity", False),
        la_check=latest.get("la_check", False),
        lived_abroad=volunteer.lived_abroad,
        overseas=latest.get("overseas", False),
        qualified=training is not None and training.qualified,
    )


async def advance(session: AsyncSession, desk: Desk, volunteer: Volunteer) -> None:
    """Take every step that the known facts allow; whoever is cleared becomes available by that."""
    if volunteer.role is None:
        return
    checks = await checks_of(session, volunteer)
    await _watch_expiry(session, desk.policy, volunteer, checks)
    row = await volunteers.find_training(session, volunteer.id)
    training = Training(row.started, row.qualified, row.not_suitable) if row else Training()
    cleared = not clearance.missing(checks, today(session), desk.policy)
    for step in onward(VolunteerStatus(volunteer.status), training, cleared=cleared):
        standing.move(session, volunteer, step)
        if step is VolunteerStatus.CLEARED:
            standing.announce(session, volunteer, VolunteerCleared(volunteer=volunteer.id))


async def require_cleared(session: AsyncSession, desk: Desk, volunteer: Volunteer, day: date) -> None:
    """Gate `gate-clearance`: nobody is with a family on a day on which their clearance is not current."""
    lacking = clearance.missing(await checks_of(session, volunteer), today(session), desk.policy)
    if volunteer.clearance_expires_on is not None and day >= volunteer.clearance_expires_on:
        lacking = lacking or ["disclosure"]
    if lacking:
        raise Gate("gate-clearance", "The volunteer's clearance is not current.", lacking)


async def _watch_expiry(session: AsyncSession, policy: Policy, volunteer: Volunteer, checks: Checks) -> None:
    """Keep the day on which the clearance runs out, with its clock and the clocks of the warnings ahead of it."""
    until, before = clearance.current_until(checks, today(session), policy), volunteer.clearance_expires_on
    if until == before:
        return
    volunteer.clearance_expires_on = until
    for days in policy.warn_days:
        await _watch(session, f"{EXPIRING}-{days}", volunteer, until - timedelta(days=days) if until else None)
    await _watch(session, EXPIRED, volunteer, until)
    if until is not None:
        await clocks.stop(session, LAPSED, volunteer.id)
    elif before is not None and before > today(session):
        # A correction ends it on this day; their matches may be cases that whoever corrects cannot see.
        await clocks.start(session, LAPSED, volunteer.id, now_of(session))


async def _watch(session: AsyncSession, kind: str, volunteer: Volunteer, day: date | None) -> None:
    """Start or move the clock; a day that is missing or has come already stops it."""
    if day is not None and day > today(session):
        await clocks.start(session, kind, volunteer.id, _begin_of(day))
    else:
        await clocks.stop(session, kind, volunteer.id)


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)
