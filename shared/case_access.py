"""Who may see a family's case: the table that row policies read, kept equal in every service by one event."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import work_of
from shared.events.referral import CaseAccessChanged, Grant


async def replace(session: AsyncSession, family: UUID, revision: int, grants: Sequence[Grant]) -> bool:
    """Put these grants in place of the family's former ones, unless a later revision is known already."""
    partnership = work_of(session).partnership
    newer = await session.execute(_CLAIM, {"family": family, "partnership": partnership, "revision": revision})
    if newer.first() is None:
        return False
    await session.execute(_CLEAR, {"family": family})
    rows = [
        {
            "partnership": partnership,
            "family": family,
            "organisation": grant.organisation,
            "part": grant.part,
            "person": grant.person,
        }
        for grant in dict.fromkeys(grants)
    ]
    if rows:
        await session.execute(_GRANT, rows)
    return True


async def on_case_access_changed(session: AsyncSession, event: CaseAccessChanged) -> None:
    """Handler of every service but `referral`, which decides."""
    await replace(session, event.family, event.revision, event.grants)


_CLAIM = text(
    "INSERT INTO case_access_revisions (family_id, partnership_id, revision) VALUES (:family, :partnership, :revision)"
    " ON CONFLICT (family_id) DO UPDATE SET revision = excluded.revision"
    " WHERE case_access_revisions.revision < excluded.revision RETURNING revision"
)
_CLEAR = text("DELETE FROM case_access WHERE family_id = :family")
_GRANT = text(
    "INSERT INTO case_access (partnership_id, family_id, organisation_id, part, person_id)"
    " VALUES (:partnership, :family, :organisation, :part, :person)"
)
