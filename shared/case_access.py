"""Who may see a family's case: the table that row policies read, kept equal in every service by one event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import Unit, work_of
from shared.events.referral import CaseAccessChanged, Grant


async def replace(session: AsyncSession, family: UUID, revision: int, grants: Sequence[Grant]) -> bool:
    """Put these grants in place of the family's former ones, unless a later revision is known already."""
    partnership = work_of(session).partnership
    newer = await session.execute(_CLAIM, {"family": family, "partnership": partnership, "revision": revision})
    if newer.first() is None:
        return False
    # A statement of its own: its snapshot is taken once the claim holds the lock, and so sees the former grants.
    listed = orjson.dumps(_listed(grants)).decode()
    await session.execute(_REPLACE, {"family": family, "partnership": partnership, "grants": listed})
    return True


def note(session: Unit, family: UUID, revision: int, grants: Sequence[Grant]) -> None:
    """As `replace`, written with all else that the transaction leaves behind; the caller holds the revision's lock."""
    work_of(session).pending.access = {"family": family, "revision": revision, "grants": _listed(grants)}


@dataclass(frozen=True, slots=True)
class Ahead:
    """A list that was read ahead: its mark is another once somebody has looked at it in order to change it."""

    mark: str
    grants: frozenset[Grant]


def note_ahead(session: Unit, family: UUID, revision: int, grants: Sequence[Grant], ahead: Ahead) -> None:
    """As `note`, also where the list stays as it is; nothing is written where its mark is another one by then."""
    new = [one for one in grants if one not in ahead.grants]
    gone = sorted(ahead.grants.difference(grants), key=str)
    work_of(session).pending.access = {
        "family": family, "revision": revision, "mark": ahead.mark, "grants": _listed(new), "gone": _listed(gone),
    }  # fmt: skip


def _listed(grants: Sequence[Grant]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in dict.fromkeys(grants)]


async def on_case_access_changed(session: AsyncSession, event: CaseAccessChanged) -> None:
    """Handler of every service but `referral`, which decides."""
    await replace(session, event.family, event.revision, event.grants)


_CLAIM = text(
    "INSERT INTO case_access_revisions (family_id, partnership_id, revision) VALUES (:family, :partnership, :revision)"
    " ON CONFLICT (family_id) DO UPDATE SET revision = excluded.revision"
    " WHERE case_access_revisions.revision < excluded.revision RETURNING revision"
)
# The insertion counts what was cleared, so that it comes after it.
_REPLACE = text("""
WITH cleared AS (
  DELETE FROM case_access WHERE family_id = :family RETURNING 1
)
INSERT INTO case_access (partnership_id, family_id, organisation_id, part, person_id)
SELECT CAST(:partnership AS uuid), CAST(:family AS uuid), g.organisation, g.part, g.person
FROM jsonb_to_recordset(CAST(:grants AS jsonb)) AS g(organisation uuid, part text, person uuid),
  (SELECT count(*) FROM cleared) AS after
""")
