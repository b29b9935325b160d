"""Finds sessions and people that a sheet's rows belong to, and writes the rows, as sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import LabelKind
from services.training.models import Import, TrainingSession
from shared import calendar
from shared.db import now_of, work_of


async def list_sessions_for_update(
    session: AsyncSession, course: UUID, first: datetime, last: datetime
) -> list[TrainingSession]:
    """The course's sessions that start from `first` until before `last`, locked in one order."""
    query = select(TrainingSession).where(
        TrainingSession.course_id == course,
        col(TrainingSession.starts_at) >= first,
        col(TrainingSession.starts_at) < last,
    )
    query = query.order_by(col(TrainingSession.id)).with_for_update()
    return list((await session.exec(query.execution_options(populate_existing=True))).all())


async def make_room(session: AsyncSession) -> None:
    """Until the transaction ends: what some thousand rows change is kept and counted in memory, not on disk."""
    await session.execute(_ROOM)


_ROOM = text("SET LOCAL work_mem = '16MB'")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to write, each column as text between commas: ids, and by number from 1 on the session and what is said.

    0 is what was not said. `people` are ids or NULL; None where all of them are.
    """

    ids: str
    sessions: str
    words: dict[LabelKind, str]
    people: str | None


@dataclass(frozen=True, slots=True)
class Numbered:
    """What the numbers of rows stand for, in their order."""

    sessions: Sequence[TrainingSession]
    labels: dict[LabelKind, list[UUID]]


async def add_rows(session: AsyncSession, row: Import, numbered: Numbered, rows: Rows) -> None:
    """Everybody at all parts of the session, since a sheet says nothing of parts; they count."""
    given = (
        row.partnership_id,
        row.organisation_id,
        row.id,
        now_of(session),
        work_of(session).actor,
        [one.id for one in numbered.sessions],
        [calendar.civil_date(one.starts_at) for one in numbered.sessions],
        [one.parts for one in numbered.sessions],
        *(numbered.labels[kind] for kind in LabelKind),
        f"{{{rows.ids}}}",
        f"{{{rows.sessions}}}",
        *(f"{{{rows.words[kind]}}}" for kind in LabelKind),
        f"{{{rows.people}}}" if rows.people is not None else None,
    )
    await (await session.connection()).exec_driver_sql(_ADD, given)


# An index that an array has not got gives NULL, which is what was not said. Arrays that are written as text are read
# several times faster than the driver can write them.
_ADD = """
INSERT INTO participations (id, partnership_id, organisation_id, session_id, day, parts, organisation, ethnicity,
  gender, language, area, attendee_id, import_id, source, counted, recorded_at, recorded_by)
SELECT r.id, $1, $2, s.id, s.day, s.parts, ($9::uuid[])[r.organisation], ($10::uuid[])[r.ethnicity],
  ($11::uuid[])[r.gender], ($12::uuid[])[r.language], ($13::uuid[])[r.area], r.person, $3, 'sheet', true, $4, $5
FROM unnest($14::text::uuid[], $15::text::int[], $16::text::int[], $17::text::int[], $18::text::int[],
  $19::text::int[], $20::text::int[], $21::text::uuid[])
  AS r(id, session, organisation, ethnicity, gender, language, area, person)
JOIN (
  SELECT id, day, ARRAY(SELECT generate_series(1, parts))::smallint[] AS parts, number
  FROM unnest($6::uuid[], $7::date[], $8::int[]) WITH ORDINALITY AS every(id, day, parts, number)
) AS s ON s.number = r.session
"""


async def find_attended(session: AsyncSession, pairs: Sequence[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Of these pairs of a session and a person, those that are recorded already."""
    if not pairs:
        return set()
    sessions, people = zip(*pairs, strict=True)
    found = await session.execute(_ATTENDED, {"sessions": list(sessions), "people": list(people)})
    return {(one.session_id, one.attendee_id) for one in found}


_ATTENDED = text(
    "SELECT p.session_id, p.attendee_id"
    " FROM unnest(CAST(:sessions AS uuid[]), CAST(:people AS uuid[])) AS w(session, person)"
    " JOIN participations p ON p.session_id = w.session AND p.attendee_id = w.person AND p.withdrawn_at IS NULL"
)
