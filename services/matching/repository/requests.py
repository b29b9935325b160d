"""Reading requests, what is known of their referrals, and proposals."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.models import AgreedPlan, MatchRequest, Proposal, ReferralFact, RefusedVolunteer
from shared.errors import NotFound


async def get(session: AsyncSession, request_id: UUID) -> MatchRequest:
    request = await session.get(MatchRequest, request_id)
    if request is None:
        raise NotFound
    return request


async def get_for_update(session: AsyncSession, request_id: UUID) -> MatchRequest:
    query = select(MatchRequest).where(MatchRequest.id == request_id).with_for_update()
    request = (await session.exec(query.execution_options(populate_existing=True))).one_or_none()
    if request is None:
        raise NotFound
    return request


async def lock_all(session: AsyncSession, request_ids: Collection[UUID]) -> None:
    """Lock these requests, in order, before any volunteer's row: whoever locks both does it in that order."""
    query = select(MatchRequest.id).where(col(MatchRequest.id).in_(list(request_ids)))
    await session.exec(query.order_by(col(MatchRequest.id)).with_for_update())


async def find_of_referral(session: AsyncSession, referral: UUID) -> MatchRequest | None:
    query = select(MatchRequest).where(MatchRequest.referral_id == referral).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).one_or_none()


async def list_of_family(session: AsyncSession, family: UUID) -> Sequence[MatchRequest]:
    query = select(MatchRequest).where(MatchRequest.family_id == family).order_by(col(MatchRequest.id))
    return (await session.exec(query.with_for_update())).all()


async def list_page(
    session: AsyncSession, status: str | None, referral: UUID | None, after: tuple[date, UUID] | None, limit: int
) -> Sequence[MatchRequest]:
    """Who waits longest comes first; one more than `limit`."""
    query = select(MatchRequest).order_by(col(MatchRequest.waiting_since), col(MatchRequest.id)).limit(limit + 1)
    if status:
        query = query.where(MatchRequest.status == status)
    if referral:
        query = query.where(MatchRequest.referral_id == referral)
    if after:
        query = query.where(tuple_(col(MatchRequest.waiting_since), col(MatchRequest.id)) > tuple_(*after))
    return (await session.exec(query)).all()


async def find_facts(session: AsyncSession, referral: UUID) -> ReferralFact | None:
    return await session.get(ReferralFact, referral)


async def facts_of(session: AsyncSession, referrals: Sequence[UUID]) -> dict[UUID, ReferralFact]:
    """What is known of each of these referrals."""
    query = select(ReferralFact).where(col(ReferralFact.referral_id).in_(list(referrals)))
    return {fact.referral_id: fact for fact in await session.exec(query)}


async def list_plans(session: AsyncSession, referral: UUID) -> Sequence[AgreedPlan]:
    """The agreed versions of the referral's involvement plan, the one in force first."""
    query = select(AgreedPlan).where(AgreedPlan.referral_id == referral)
    return (
        await session.exec(query.order_by(col(AgreedPlan.version_number).desc(), col(AgreedPlan.heard_at).desc()))
    ).all()


async def find_plan(session: AsyncSession, plan: UUID, version_number: int) -> AgreedPlan | None:
    return await session.get(AgreedPlan, (plan, version_number))


async def get_proposal(session: AsyncSession, request_id: UUID, proposal_id: UUID) -> Proposal:
    proposal = await session.get(Proposal, proposal_id)
    if proposal is None or proposal.match_request_id != request_id:
        raise NotFound
    return proposal


async def find_latest_proposal(session: AsyncSession, request_id: UUID) -> Proposal | None:
    query = select(Proposal).where(Proposal.match_request_id == request_id)
    return (await session.exec(query.order_by(col(Proposal.made_at).desc(), col(Proposal.id).desc()).limit(1))).first()


async def list_proposals(
    session: AsyncSession, request_id: UUID, before: UUID | None, limit: int
) -> Sequence[Proposal]:
    """Newest first; one more than `limit`."""
    query = select(Proposal).where(Proposal.match_request_id == request_id)
    if before:
        query = query.where(col(Proposal.id) < before)
    return (await session.exec(query.order_by(col(Proposal.id).desc()).limit(limit + 1))).all()


async def list_refused(session: AsyncSession, family: UUID, *, standing: bool = False) -> Sequence[RefusedVolunteer]:
    """Whom the family does not want, by age; with `standing` only what has not been taken back."""
    query = select(RefusedVolunteer).where(RefusedVolunteer.family_id == family)
    if standing:
        query = query.where(col(RefusedVolunteer.lifted_at).is_(None))
    return (await session.exec(query.order_by(col(RefusedVolunteer.id)))).all()


async def get_refused(session: AsyncSession, family: UUID, refusal_id: UUID, *, lock: bool = False) -> RefusedVolunteer:
    query = select(RefusedVolunteer).where(RefusedVolunteer.id == refusal_id, RefusedVolunteer.family_id == family)
    found = (await session.exec(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise NotFound
    return found
