"""Every SELECT of the feed; row-level security leaves only what the caller's organisation may see at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.feed import catalogue

# How far one request looks: whoever sees little of a long feed gets there in several answers.
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
    session: AsyncSession, partnership: UUID, after: int, limit: int, types: Sequence[str], guarded: bool
) -> Stretch:
    """What follows `after`; no `types` means all; `guarded` is whether guarded types are shown."""
    row = {
        "partnership": partnership,
        "after": after,
        "limit": limit,
        "window": WINDOW,
        "all": not types,
        "like": [_pattern(name) for name in types],
        "guarded": guarded,
        "hidden": [_pattern(prefix + catalogue.EVERYTHING) for prefix in catalogue.GUARDED],
    }
    rows = (await session.execute(_STRETCH, row)).all()
    last = rows[0].last if rows else after
    events = [Shown(one.number, one.document, one.family_id) for one in rows if one.number is not None]
    place = events[-1].number if len(events) == limit else max(after, min(after + WINDOW, last))
    return Stretch(events, place, place < last)


def _pattern(name: str) -> str:
    plain = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return plain[:-1] + "%" if plain.endswith("*") else plain


_LAST = text("SELECT last FROM feed_counters WHERE partnership_id = :partnership")
# One statement, so that the last place and the rows are of the same moment.
_STRETCH = text("""
SELECT c.last, f.number, f.document, f.family_id
FROM feed_counters c LEFT JOIN LATERAL (
  SELECT number, document, family_id FROM feed
  WHERE partnership_id = :partnership AND number > :after AND number <= least(:after + :window, c.last)
    AND (:all OR type LIKE ANY(CAST(:like AS text[])))
    AND (:guarded OR NOT type LIKE ANY(CAST(:hidden AS text[])))
  ORDER BY number LIMIT :limit
) f ON true
WHERE c.partnership_id = :partnership ORDER BY f.number
""")
