"""The SQL of each indicator, as a page of an index: as much is read as is shown, however large the tables are."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.indicators import Code, Moment
from shared.db import work_of

RECORDS_LATE: Final = "contact_due_at <= :now AND contact_recorded_at IS NULL AND status IN ('planned', 'happened')"
_VISIT: Final = "visits", "match_id", "volunteer_id", "family_id"
_MATCH: Final = "matches", "id", "volunteer_id", "family_id"
# The volunteers of the caller's own organisation; each index begins with partnership and organisation.
_VOLUNTEER: Final = "volunteers", "NULL::uuid", "id", "NULL::uuid"
_OWN: Final = "organisation_id = :organisation AND "


@dataclass(frozen=True, slots=True)
class Source:
    """Where an indicator's rows are, when it holds, and since when."""

    table: tuple[str, str, str, str]
    holds: str
    since: str


SOURCES: Final = {
    Code.NOT_CHECKED_OUT: Source(
        _VISIT,
        "status = 'planned' AND not_checked_out_at IS NOT NULL AND checked_out_at IS NULL",
        "not_checked_out_at",
    ),
    Code.VISITS_NOW: Source(
        _VISIT,
        "status = 'planned' AND starts_at <= :now AND starts_at > :begun_after AND ends_at > :now"
        " AND checked_out_at IS NULL",
        "starts_at",
    ),
    Code.CLEARANCE_LAPSED: Source(
        _MATCH,
        "status IN ('introduced', 'active', 'paused', 'ending') AND volunteer_id IN (SELECT id FROM volunteers"
        " WHERE partnership_id = :partnership AND places_agreed > 0"
        " AND (clearance_expires_on IS NULL OR clearance_expires_on <= :today))",
        "proposed_at",
    ),
    Code.RECORDS_LATE: Source(_VISIT, RECORDS_LATE, "contact_due_at"),
    Code.SIGNATURES_WAITING: Source(_MATCH, "status = 'proposed'", "proposed_at"),
    Code.SUPERVISION_DUE: Source(
        _VOLUNTEER, _OWN + "places_agreed > 0 AND supervised_on <= :supervised_by", "supervised_on"
    ),
    Code.NO_CONTACT: Source(_MATCH, "status = 'active' AND last_contact_on <= :contact_by", "last_contact_on"),
    Code.CLEARANCES_EXPIRING: Source(
        _VOLUNTEER,
        _OWN + "status IN ('available', 'matched') AND clearance_expires_on <= :expires_by",
        "clearance_expires_on",
    ),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One row of an indicator."""

    id: UUID
    match_id: UUID | None
    volunteer_id: UUID
    family_id: UUID | None
    since: date | datetime


async def page(
    session: AsyncSession, code: Code, at: Moment, after: tuple[Any, UUID] | None, limit: int
) -> Sequence[Found]:
    """What it holds for, the longest first; one more than `limit`."""
    work = work_of(session)
    given = asdict(at) | {"partnership": work.partnership, "organisation": work.organisation, "limit": limit + 1}
    if after is not None:
        given |= {"after": after[0], "after_id": after[1]}
    rows = await session.execute(_STATEMENTS[code, after is not None], given)
    return [Found(*row) for row in rows]


def _statement(source: Source, *, onwards: bool) -> TextClause:
    table, match, volunteer, family = source.table
    beyond = f" AND ({source.since}, id) > (:after, :after_id)" if onwards else ""
    return text(
        f"SELECT id, {match}, {volunteer}, {family}, {source.since} FROM {table}"  # noqa: S608 - our own words
        f" WHERE partnership_id = :partnership AND {source.holds}{beyond} ORDER BY {source.since}, id LIMIT :limit"
    )


_STATEMENTS: Final = {
    (code, onwards): _statement(source, onwards=onwards)
    for code, source in SOURCES.items()
    for onwards in (True, False)
}
