"""Referrals and what hangs on them."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.models import (
    AssessmentVisit,
    EndingException,
    EndingFact,
    MatchVolunteer,
    RiskAssessment,
    RiskChange,
)
from shared.errors import NotFound


async def list_assessments(session: AsyncSession, referral: UUID) -> Sequence[RiskAssessment]:
    """Risk assessments, oldest first."""
    query = select(RiskAssessment).where(col(RiskAssessment.referral_id) == referral).order_by(col(RiskAssessment.id))
    return (await session.exec(query)).all()


async def list_risk_changes(session: AsyncSession, referral: UUID) -> Sequence[RiskChange]:
    """Changes of risk, oldest first."""
    query = select(RiskChange).where(col(RiskChange.referral_id) == referral).order_by(col(RiskChange.id))
    return (await session.exec(query)).all()


async def get_visit(session: AsyncSession, referral: UUID) -> AssessmentVisit:
    """The assessment visit, or `NotFound`."""
    visit = (
        await session.exec(select(AssessmentVisit).where(col(AssessmentVisit.referral_id) == referral))
    ).one_or_none()
    if visit is None:
        raise NotFound
    return visit


async def list_matches(session: AsyncSession, referral: UUID) -> Sequence[MatchVolunteer]:
    """Matches that were heard of."""
    return (await session.exec(select(MatchVolunteer).where(col(MatchVolunteer.referral_id) == referral))).all()


async def list_facts(session: AsyncSession, referral: UUID) -> set[str]:
    """The names of evaluations and readings that exist."""
    return set((await session.exec(select(EndingFact.fact).where(col(EndingFact.referral_id) == referral))).all())


async def list_exceptions(session: AsyncSession, referral: UUID) -> set[str]:
    """The names of what cannot be had, for reasons given earlier."""
    query = select(EndingException.missing).where(col(EndingException.referral_id) == referral)
    return set((await session.exec(query)).all())


async def list_matches_of_volunteer(session: AsyncSession, volunteer: UUID) -> Sequence[MatchVolunteer]:
    """Matches of one volunteer that were heard of."""
    return (await session.exec(select(MatchVolunteer).where(col(MatchVolunteer.volunteer_id) == volunteer))).all()
