"""Facts from other services, kept whenever they come, early or late."""

from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.models import AgreedPlan, ReferralFact, Training
from services.matching.repository import requests, volunteers
from shared.db import work_of
from shared.events.referral import InvolvementPlanAgreed


async def of_referral(session: AsyncSession, family: UUID, referral: UUID) -> ReferralFact:
    """The referral's row of facts, made now if there was none."""
    row = {
        "referral_id": referral,
        "partnership_id": work_of(session).partnership,
        "family_id": family,
        "risk_open": False,
        "ending": False,
    }
    await session.execute(insert(ReferralFact).values(row).on_conflict_do_nothing())
    fact = await requests.find_facts(session, referral)
    assert fact is not None  # noqa: S101 - it was made a line above, in this partnership
    return fact


async def visited(session: AsyncSession, family: UUID, referral: UUID, day: date) -> None:
    """The assessment visit lifts the gate for proposals."""
    fact = await of_referral(session, family, referral)
    fact.visited_on = day


async def risk(session: AsyncSession, family: UUID, referral: UUID, *, is_open: bool) -> None:
    """A change of risk stops visits until it is assessed."""
    fact = await of_referral(session, family, referral)
    fact.risk_open = is_open


async def ended(session: AsyncSession, family: UUID, referral: UUID, ended_as: str) -> None:
    """The referral came to its end."""
    fact = await of_referral(session, family, referral)
    fact.ended_as = fact.ended_as or ended_as


async def plan_agreed(session: AsyncSession, event: InvolvementPlanAgreed) -> None:
    """A version of the involvement plan is in force; told again when a volunteer who came later has signed it."""
    known = await requests.find_plan(session, event.involvement_plan, event.version_number)
    if known is not None:
        known.volunteers = sorted({*known.volunteers, *event.volunteers})
        return
    work = work_of(session)
    session.add(
        AgreedPlan(
            involvement_plan_id=event.involvement_plan,
            version_number=event.version_number,
            partnership_id=work.partnership,
            family_id=event.family,
            referral_id=event.referral,
            tasks=list(event.tasks),
            volunteers=list(event.volunteers),
            seen_alone_allowed=event.seen_alone_allowed,
            visits_a_week=event.visits_a_week,
            review_on=event.review_on,
            heard_at=work.now,
        )
    )


async def training(session: AsyncSession, volunteer: UUID) -> Training:
    """The volunteer's row of what training said, made now if there was none."""
    row = {
        "volunteer_id": volunteer,
        "partnership_id": work_of(session).partnership,
        "started": False,
        "qualified": False,
        "not_suitable": False,
    }
    await session.execute(insert(Training).values(row).on_conflict_do_nothing())
    found = await volunteers.find_training(session, volunteer)
    assert found is not None  # noqa: S101 - it was made a line above, in this partnership
    return found
