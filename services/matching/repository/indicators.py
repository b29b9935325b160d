"""The SQL of each indicator, as a page of an index: as much is read as is shown, however large the tables are."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, TextClause, Uuid, bindparam, text
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
        "status IN ('introduced', 'active', 'paused', 'ending') AND volunteer_id = ANY (ARRAY("
        "SELECT id FROM volunteers WHERE partnership_id = :partnership AND places_agreed > 0"
        " AND (clearance_expires_on IS NULL OR clearance_expires_on <= :today)))",
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
    coordinator_id: UUID | None


@dataclass(frozen=True, slots=True)
class Only:
    """Only what these coordinators are named for, or only what they are not."""

    people: Sequence[UUID]
    named: bool


async def page(
    session: AsyncSession, code: Code, at: Moment, only: Only | None, after: tuple[Any, UUID] | None, limit: int
) -> Sequence[Found]:
    """What it holds for, the longest first; one more than `limit`."""
    work = work_of(session)
    given = asdict(at) | {"partnership": work.partnership, "organisation": work.organisation, "limit": limit + 1}
    if after is not None:
        given |= {"after": after[0], "after_id": after[1]}
    if only is not None:
        given |= {"people": list(only.people), "named": only.named}
    rows = await session.execute(_STATEMENTS[code, only is not None, after is not None], given)
    return [Found(*row) for row in rows]


def statement(source: Source, *, chosen: bool, onwards: bool) -> str:
    """A page of it. Whoever is named is looked up row by row, so that the index's order stands."""
    table, match, volunteer, family = source.table
    named = "coordinator_id"
    if table != "volunteers":
        named = f"(SELECT v.coordinator_id FROM volunteers v WHERE v.id = {table}.volunteer_id)"  # noqa: S608 - the same
    beyond = f" AND ({source.since}, id) > (:after, :after_id)" if onwards else ""
    ours = f" AND coalesce({named} = ANY (:people), false) = :named" if chosen else ""
    return (
        f"SELECT id, {match}, {volunteer}, {family}, {source.since}, {named} FROM {table}"  # noqa: S608 - our own words
        f" WHERE partnership_id = :partnership AND {source.holds}{ours}{beyond}"
        f" ORDER BY {source.since}, id LIMIT :limit"
    )


def _prepared(source: Source, *, chosen: bool, onwards: bool) -> TextClause:
    found = text(statement(source, chosen=chosen, onwards=onwards))
    return found.bindparams(bindparam("people", type_=ARRAY(Uuid))) if chosen else found


_STATEMENTS: Final = {
    (code, chosen, onwards): _prepared(source, chosen=chosen, onwards=onwards)
    for code, source in SOURCES.items()
    for chosen in (True, False)
    for onwards in (True, False)
}
