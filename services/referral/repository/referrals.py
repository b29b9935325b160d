"""Referrals and what hangs on them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.referral import Status
from services.referral.models import (
    Allocation,
    AssessmentVisit,
    EndingException,
    EndingFact,
    MatchVolunteer,
    Referral,
    RiskAssessment,
    RiskChange,
)
from services.referral.repository.rows import before
from shared.errors import NotFound

LISTED = (
    *("id", "version", "status", "kind", "family_id", "organisation_id", "scheme_id", "children", "received_at"),
    *("submitted_at", "decision_due", "assessment_due", "calendar_version", "decided_at", "accepted_on"),
    *("outcome_reason", "earlier_referrals", "risk_state", "risk_level", "assessment_visit_on"),
)


async def list_referrals(
    session: AsyncSession, status: Status | None, worker: UUID | None, cursor: str | None, limit: int
) -> Sequence[RowMapping]:
    """Referrals that the caller may see, newest first; of one status, of families one worker is allocated to."""
    columns = Referral.__table__.c  # type: ignore[attr-defined]  # SQLModel does not type its table
    query = select(*(columns[name] for name in LISTED)).where(*before(Referral, cursor))
    if status is not None:
        query = query.where(columns.status == status.value)
    if worker is not None:
        query = query.where(columns.family_id.in_(_families_of(worker)))
    return (await session.execute(query.order_by(columns.id.desc()).limit(limit))).mappings().all()


def _families_of(worker: UUID):  # type: ignore[no-untyped-def]  # a scalar select, whose type SQLModel hides
    today = func.timezone("Europe/London", func.now()).cast(Allocation.__table__.c.from_date.type)  # type: ignore[attr-defined]  # as above
    return select(Allocation.family_id).where(
        col(Allocation.person_id) == worker,
        ~col(Allocation.over),
        col(Allocation.from_date) <= today,
        func.coalesce(col(Allocation.to_date), today) >= today,
    )


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
