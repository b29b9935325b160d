"""Lists of families: all that the caller may see, or the one that another system knows by an id."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.repository import families
from services.referral.schemas.families import FamilyItem
from services.referral.service.identifiers import digest
from shared import audit
from shared.db import work_of
from shared.errors import invalid
from shared.pagination import Page, encode
from shared.parts import Parts


async def page(
    session: AsyncSession, parts: Parts, named: tuple[str | None, str | None], where: tuple[str | None, int]
) -> Page[FamilyItem]:
    """One page. `named` is (system, id), both or neither; `where` is (cursor, limit)."""
    cursor, limit = where
    rows = await families.list_families(session, cursor, limit + 1, await _wanted(session, parts, *named))
    items = [FamilyItem.model_validate(dict(row)) for row in rows[:limit]]
    audit.saw(session, "family", *(one.id for one in items))
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def _wanted(session: AsyncSession, parts: Parts, system: str | None, value: str | None) -> list[UUID] | None:
    if system is None and value is None:
        return None
    if system is None or value is None:
        raise invalid("/query/external_id", "both-or-neither", "needs external_system and external_id together")
    wanted = digest(parts.settings, work_of(session).partnership, system, value)
    known = await families.find_external_id(session, "family", system, wanted)
    return [known.family_id] if known else []
