"""Reads the sums of the participations that count; the database keeps them (migration 0009)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import Grouping
from services.training.domain.blocks import Stretch

# (stretch, by its place in what was asked; first key; second key) → how many.
Sums = dict[tuple[int, UUID, UUID], int]


async def read(
    session: AsyncSession, grouping: Grouping, asked: Sequence[Sequence[Stretch]], organisation: UUID | None
) -> Sums:
    """For each of the periods, given as the blocks that they are made of, how many by both keys.

    Of one organisation, or (None) of all of the partnership.
    """
    flat = [(place, *one) for place, some in enumerate(asked) for one in some]
    given = {
        "grouping": grouping.value,
        "organisation": organisation,
        **{name: [row[at] for row in flat] for at, name in enumerate(("places", "sizes", "firsts", "lasts"))},
    }
    rows = await session.execute(_READ, given)
    return {(row.place, row.a, row.b): row.n for row in rows}


# Of a whole partnership: from one organisation that has sums to the next one, without reading what lies between.
_READ = text("""
WITH RECURSIVE o AS (
  SELECT coalesce(CAST(:organisation AS uuid), (SELECT organisation_id FROM participation_sums
    WHERE partnership_id = circle_partnership() ORDER BY organisation_id LIMIT 1)) AS id
  UNION ALL
  SELECT (SELECT organisation_id FROM participation_sums
    WHERE partnership_id = circle_partnership() AND organisation_id > o.id ORDER BY organisation_id LIMIT 1)
  FROM o WHERE o.id IS NOT NULL AND CAST(:organisation AS uuid) IS NULL
)
SELECT w.place, c.a, c.b, sum(c.n)::bigint AS n
FROM unnest(
    CAST(:places AS integer[]), CAST(:sizes AS integer[]), CAST(:firsts AS integer[]), CAST(:lasts AS integer[])
  ) AS w(place, size, first, last),
  o,
  LATERAL (
    SELECT s.a, s.b, s.n FROM participation_sums s
    WHERE s.partnership_id = circle_partnership() AND s.organisation_id = o.id AND s.grouping = :grouping
      AND s.size = w.size AND s.block BETWEEN w.first AND w.last
  ) AS s, unnest(s.a, s.b, s.n) AS c(a, b, n)
GROUP BY 1, 2, 3""")
