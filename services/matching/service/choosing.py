"""Choosing somebody from a proposal: what a person may decide against it, and what nobody may.

Another than the top needs a reason. Somebody whom a practical constraint excludes (`practice` among the definitions)
needs a project manager with a reason; against the law, safety, a fact or the family's own word no reason helps.
"""

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.terms import overridable
from services.matching.models import Proposal, Volunteer
from services.matching.repository import requests
from services.matching.schemas.matches import MatchIn
from services.matching.service import progress, proposals, standing
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared.auth import Role
from shared.db import work_of
from shared.errors import Conflict, Gate


async def require_choice(
    session: AsyncSession, desk: Desk, body: MatchIn, proposal: Proposal, volunteer: Volunteer
) -> tuple[str, ...]:
    """Refuse (409) whom the caller may not choose; the constraints that are passed over, mostly none."""
    passed_over: tuple[str, ...] = ()
    if volunteer.id in proposal.excluded:
        passed_over = await proposals.excluded_by(session, desk, proposal, volunteer.id)
        require_override(session, passed_over, body.override_reason)
    elif volunteer.id not in proposal.ranked:
        raise Conflict("The latest proposal does not know this volunteer; make a new one.", name="proposal-out-of-date")
    await _require_not_refused(session, proposal.family_id, volunteer.id)
    standing.require_ready(volunteer)
    await progress.require_cleared(session, desk, volunteer, today(session))
    if not is_top(proposal, volunteer) and body.override_reason is None:
        raise Conflict(
            "Another volunteer is at the top of the latest proposal; say why this one.",
            name="override-reason-needed",
            title="Not the top of the list",
        )
    return passed_over


def require_override(session: AsyncSession, codes: tuple[str, ...], reason: str | None) -> None:
    """Refuse (409 `volunteer-excluded`) unless all that stands against it may be passed over, by a project manager who
    says why.
    """
    may = overridable(codes)
    if may and reason is not None and Role.PROJECT_MANAGER in work_of(session).roles:
        return
    raise Conflict(
        "Only the project manager may pass over that, with a reason." if may else "Nobody may pass over that.",
        name="volunteer-excluded",
        title="The volunteer is excluded for this family",
        excluded_by=list(codes),
        overridable=may,
    )


def is_top(proposal: Proposal, volunteer: Volunteer) -> bool:
    """Whether this is the first of the list."""
    return bool(proposal.ranked) and volunteer.id == proposal.ranked[0]


def require_cleared_until(volunteer: Volunteer, last_day: date) -> None:
    """Gate `gate-clearance`: a match ends before its volunteer's clearance does, unless that is renewed first."""
    expires = volunteer.clearance_expires_on
    if expires is not None and expires <= last_day:
        raise Gate("gate-clearance", "The clearance runs out before the planned end.", ["disclosure"])


async def _require_not_refused(session: AsyncSession, family: UUID, volunteer: UUID) -> None:
    refused = await requests.list_refused(session, family, standing=True)
    if any(one.volunteer_id == volunteer for one in refused):
        require_override(session, ("refused-by-family",), None)
