"""Reads the sums of the participations that count; the database keeps them (migration participation_totals)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import Grouping
from services.training.domain.running import Total, between, number

# (period, by its place in what was asked; first key; second key) → how many.
Sums = dict[tuple[int, UUID, UUID], int]
Periods = Sequence[tuple[date, date]]


async def read(session: AsyncSession, grouping: Grouping, periods: Periods, organisation: UUID | None) -> Sums:
    """For each of the periods, both days included, how many by both keys.

    Of one organisation, or (None) of all of the partnership.
    """
    # Neighbouring months ask for the same totals: each is looked up once.
    totals = dict[Total, int]()
    wanted = [
        (place, sign, totals.setdefault(total, len(totals)))
        for place, period in enumerate(periods)
        for total, sign in between(*period).items()
    ]
    given = _columns(wanted, "places", "signs", "numbers") | _columns(list(totals), "spans", "firsts", "lasts")
    return await _read(session, _READ, given | {"grouping": grouping, "organisation": organisation})


async def read_sessions(session: AsyncSession, periods: Periods, organisation: UUID | None) -> Sums:
    """The same by session, and by whether a name was given: single days, each read."""
    wanted = [(place, number(first), number(last)) for place, (first, last) in enumerate(periods)]
    given = _columns(wanted, "places", "firsts", "lasts")
    return await _read(session, _READ_SESSIONS, given | {"organisation": organisation})


def _columns(rows: Sequence[tuple[int, ...]], *names: str) -> dict[str, Any]:
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


async def _read(session: AsyncSession, query: TextClause, given: dict[str, Any]) -> Sums:
    return {(row.place, row.a, row.b): row.n for row in await session.execute(query, given)}


# Of a whole partnership: from one organisation that has sums to the next one, without reading what lies between.
_ORGANISATIONS = """o AS (
  SELECT coalesce(CAST(:organisation AS uuid), (SELECT organisation_id FROM participation_totals
    WHERE partnership_id = circle_partnership() ORDER BY organisation_id LIMIT 1)) AS id
  UNION ALL
  SELECT (SELECT organisation_id FROM participation_totals
    WHERE partnership_id = circle_partnership() AND organisation_id > o.id ORDER BY organisation_id LIMIT 1)
  FROM o WHERE o.id IS NOT NULL AND CAST(:organisation AS uuid) IS NULL
)"""
_READ = text(f"""
WITH RECURSIVE {_ORGANISATIONS}, found AS MATERIALIZED (
  SELECT t.number, c.a, c.b, c.n
  FROM unnest(CAST(:spans AS smallint[]), CAST(:firsts AS integer[]), CAST(:lasts AS integer[]))
      WITH ORDINALITY AS t(span, first, last, number),
    o,
    LATERAL (
      SELECT s.a, s.b, s.n FROM participation_totals s
      WHERE s.partnership_id = circle_partnership() AND s.organisation_id = o.id AND s.grouping = :grouping
        AND s.span = t.span AND s.until BETWEEN t.first AND t.last
      ORDER BY s.until DESC LIMIT 1
    ) AS s, unnest(s.a, s.b, s.n) AS c(a, b, n)
)
SELECT w.place, f.a, f.b, sum(w.sign * f.n)::bigint AS n
FROM unnest(CAST(:places AS integer[]), CAST(:signs AS integer[]), CAST(:numbers AS integer[]))
    AS w(place, sign, number)
  JOIN found f ON f.number = w.number + 1
GROUP BY 1, 2, 3 HAVING sum(w.sign * f.n) <> 0""")  # noqa: S608 - ours
_READ_SESSIONS = text(f"""
WITH RECURSIVE {_ORGANISATIONS}
SELECT w.place, c.a, c.b, sum(c.n)::bigint AS n
FROM unnest(CAST(:places AS integer[]), CAST(:firsts AS integer[]), CAST(:lasts AS integer[])) AS w(place, first, last),
  o,
  LATERAL (
    SELECT s.a, s.b, s.n FROM participation_totals s
    WHERE s.partnership_id = circle_partnership() AND s.organisation_id = o.id AND s.grouping = {Grouping.SESSION:d}
      AND s.span = 0 AND s.until BETWEEN w.first AND w.last
  ) AS s, unnest(s.a, s.b, s.n) AS c(a, b, n)
GROUP BY 1, 2, 3""")  # noqa: S608 - ours
