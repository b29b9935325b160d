"""Every SELECT of the feed; row-level security leaves only what the caller's organisation may see at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.feed import catalogue
from shared.db import work_of

# How far one request looks into what its reader was told; where the reader was told nothing it goes on at once.
WINDOW: Final = 20_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One event of a page."""

    number: int
    document: str
    family: UUID | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the feed: what may be seen of it, where it ended, and whether there is more behind it."""

    events: Sequence[Shown]
    place: int
    more: bool


async def last_place(session: AsyncSession, partnership: UUID) -> int:
    """The last place of the feed."""
    found = await session.execute(_LAST, {"partnership": partnership})
    return found.scalar_one_or_none() or 0


async def stretch(
    session: AsyncSession, partnership: UUID, after: int, limit: int, types: Sequence[str], hidden: Sequence[str]
) -> Stretch:
    """What follows `after`; no `types` means all; `hidden` begin the types that are not shown."""
    row = {
        "partnership": partnership,
        "organisation": work_of(session).organisation,
        "after": after,
        "limit": limit,
        "window": WINDOW,
        "all": not types,
        "like": [_pattern(name) for name in types],
        "hidden": [_pattern(prefix + catalogue.EVERYTHING) for prefix in hidden],
    }
    rows = (await session.execute(_STRETCH, row)).all()
    last = rows[0].last if rows else after
    events = [Shown(one.number, one.document, one.family_id) for one in rows if one.number is not None]
    # Short of a full page everything up to the next number that the reader was told is passed, or to the end.
    place = (
        events[-1].number if len(events) == limit else max(after, (rows[0].following or last + 1) - 1 if rows else 0)
    )
    return Stretch(events, place, place < last)


def _pattern(name: str) -> str:
    plain = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return plain[:-1] + "%" if plain.endswith("*") else plain


_LAST = text("SELECT last FROM feed_counters WHERE partnership_id = :partnership")
# One statement, so that the last place and the rows are of the same moment.
_STRETCH = text("""
SELECT c.last, beyond.number AS following, f.number, f.document, f.family_id
FROM feed_counters c LEFT JOIN LATERAL (
  SELECT told.number, document, family_id
  FROM feed_audiences told JOIN feed ON feed.partnership_id = told.partnership_id AND feed.number = told.number
  WHERE told.partnership_id = :partnership AND told.organisation_id = :organisation
    AND told.number > :after AND told.number <= least(:after + :window, c.last)
    AND (:all OR type LIKE ANY(CAST(:like AS text[])))
    AND NOT type LIKE ANY(CAST(:hidden AS text[]))
  ORDER BY told.number LIMIT :limit
) f ON true LEFT JOIN LATERAL (
  SELECT number FROM feed_audiences
  WHERE partnership_id = :partnership AND organisation_id = :organisation AND number > :after + :window
  ORDER BY number LIMIT 1
) beyond ON true
WHERE c.partnership_id = :partnership ORDER BY f.number
""")
