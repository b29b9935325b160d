"""Lists of referrals, and a referral's history."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.referral import Status
from services.referral.models import Referral
from services.referral.repository import referral_lists, rows
from services.referral.schemas.fields import HistoryOut
from services.referral.schemas.referrals import ReferralItem
from services.referral.service.referral_views import item
from shared import audit, history
from shared.db import work_of
from shared.errors import Forbidden
from shared.pagination import Page, encode


async def page(
    session: AsyncSession, status: Status | None, mine: bool, where: tuple[str | None, int]
) -> Page[ReferralItem]:
    """One page. `where` is (cursor, limit)."""
    cursor, limit = where
    worker = work_of(session).person if mine else None
    if mine and worker is None:
        raise Forbidden("Only a named person has allocations.")
    found = await referral_lists.list_referrals(session, status, worker, cursor, limit + 1)
    items = [item(dict(row)) for row in found[:limit]]
    audit.saw(session, "referral", *(one.id for one in items))
    return Page(items=items, next=encode(items[-1].id) if len(found) > limit else None)


async def history_of(session: AsyncSession, referral_id: UUID) -> list[HistoryOut]:
    """Every change of the referral's status, oldest first."""
    referral = await rows.get(session, Referral, referral_id)
    audit.saw(session, "referral", referral.id)
    kept = await history.of(session, referral.id, "referral")
    return [HistoryOut.model_validate(row) for row in kept]
