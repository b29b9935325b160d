"""Reads one family's whole course as plain values, for counting."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.codes import DIED_REASON, GONE_REASONS
from services.outcomes.domain.facts import CaseFact, FamilyFacts, PlanFact, ReadingFact, StageFact
from services.outcomes.models import Case, Child, Episode, Plan, Reading, Review, Stage

COUNTED_KIND = "volunteer_support"


async def facts_of(session: AsyncSession, family: UUID) -> FamilyFacts:
    """Everything of the family that is counted. The caller holds the family's lock."""
    await session.flush()
    return FamilyFacts(
        cases=await _cases(session, family),
        plans=await _plans(session, family),
        stages=await stages_of(session, family),
        readings=await _readings(session, family),
        gone=await _gone(session, family),
    )


async def stages_of(session: AsyncSession, family: UUID) -> tuple[StageFact, ...]:
    """The stages of the family's children, as they were recorded."""
    rows = await _rows(session, family, Stage, "child_id", "level", "from_date")
    return tuple(StageFact(row.child_id, row.level, row.from_date) for row in rows)


async def _rows(session: AsyncSession, family: UUID, kind: Any, *names: str) -> list[Any]:
    columns = [getattr(kind, name) for name in names]
    query = select(*columns).where(kind.family_id == family).order_by(kind.recorded_at, kind.id)
    return list((await session.execute(query)).all())


async def _cases(session: AsyncSession, family: UUID) -> tuple[CaseFact, ...]:
    names = ("id", "kind", "children", "received_on", "accepted_on", "closed_on")
    return tuple(
        CaseFact(row.id, frozenset(row.children), row.received_on, row.accepted_on, row.closed_on)
        for row in await _rows(session, family, Case, *names)
        if row.kind == COUNTED_KIND and row.accepted_on is not None
    )


async def _plans(session: AsyncSession, family: UUID) -> tuple[PlanFact, ...]:
    reviews: dict[UUID, list[date]] = {}
    for review in await _rows(session, family, Review, "plan_id", "held_on"):
        reviews.setdefault(review.plan_id, []).append(review.held_on)
    names = ("id", "child_id", "type", "started_on", "ended_on", "returned_home")
    return tuple(
        PlanFact(
            row.child_id,
            row.type,
            row.started_on,
            row.ended_on,
            returned_home=bool(row.returned_home),
            reviews=tuple(sorted(reviews.get(row.id, ()))),
        )
        for row in await _rows(session, family, Plan, *names)
    )


async def _readings(session: AsyncSession, family: UUID) -> tuple[ReadingFact, ...]:
    names = ("instrument", "edition", "occasion", "read_on", "areas", "referral_id", "child_id", "person_id")
    return tuple(
        ReadingFact(
            row.instrument,
            row.edition,
            row.occasion,
            row.read_on,
            row.areas,
            row.referral_id,
            row.child_id or row.person_id,
        )
        for row in await _rows(session, family, Reading, *names)
    )


async def _gone(session: AsyncSession, family: UUID) -> dict[UUID, date]:
    """Children who died, or whose social-care episode ended so or by transfer, and the first day of it."""
    episodes = await _rows(session, family, Episode, "child_id", "closed_on", "closure_reason", "referral_date")
    back = {row.child_id: row.referral_date for row in sorted(episodes, key=lambda row: row.referral_date)}
    gone: dict[UUID, date] = {
        row.child_id: row.closed_on
        for row in episodes
        if row.closure_reason in GONE_REASONS
        and (row.closure_reason == DIED_REASON or back[row.child_id] < row.closed_on)
    }
    query = select(col(Child.id), col(Child.died_on)).where(col(Child.family_id) == family)
    died = {child: day for child, day in await session.execute(query) if day is not None}
    return gone | died
