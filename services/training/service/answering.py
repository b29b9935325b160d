"""Answers a question for a report: whose participations a caller may count, the table, what it says of itself."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain.reports import DEFINITION, FUNDERS, NAMES, WITHHELD, Dimension, Row, Table
from services.training.schemas.reports import CountOut, KeyOut, PeopleOut, ReportOut, ReportQuery, RowOut, Scope
from services.training.service import report_tables, reports
from services.training.service.reports import Asked
from shared import audit
from shared.auth import Caller, Role
from shared.crypto import Vault
from shared.errors import Forbidden

_OWN = frozenset({Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER})
_ALL = frozenset({Role.ANALYST, Role.LA_MANAGER})


async def answer(session: AsyncSession, vault: Vault, query: ReportQuery, caller: Caller) -> ReportOut:
    scope = scope_of(query.scope, caller)
    organisation = caller.organisation if scope is Scope.ORGANISATION else None
    asked = await reports.understood(session, query, organisation)
    table = await report_tables.build(session, vault, asked, await reports.facts(session, asked))
    people = PeopleOut(**_named(await reports.people(session, asked))) if query.people else None
    audit.saw(session, "training-report", caller.organisation)
    return ReportOut(
        title=_title(query),
        definition=_definition(asked, table),
        by=query.by,
        across=query.across,
        first=query.first,
        until=query.until,
        scope=scope,
        total=table.total,
        withheld=table.withholds,
        columns=[KeyOut.of(one) for one in table.columns],
        rows=[_row(one) for one in table.rows],
        people=people,
    )


def scope_of(wanted: Scope | None, caller: Caller) -> Scope:
    """Who trains sees their organisation's, who answers for the partnership its sums; who is both chooses."""
    may = [Scope.ORGANISATION] * (not caller.roles.isdisjoint(_OWN))
    may += [Scope.PARTNERSHIP] * (not caller.roles.isdisjoint(_ALL))
    if wanted is not None and wanted not in may:
        raise Forbidden
    return wanted or may[0]


def _named(people: tuple[int, int, int]) -> dict[str, int]:
    return dict(zip(("distinct", "named", "anonymous"), people, strict=True))


def _title(query: ReportQuery) -> str:
    by = [NAMES.get(one, one.value) for one in (query.by, query.across) if one is not None]
    return f"Number of participants attending, by {' and '.join(by)}"


def _definition(asked: Asked, table: Table) -> str:
    funders = FUNDERS if Dimension.FUNDER in asked.dimensions else ""
    return DEFINITION + funders + (WITHHELD if table.withholds else "")


def _row(one: Row) -> RowOut:
    return RowOut(
        **KeyOut.of(one.key).model_dump(),
        **CountOut.of(one.all).model_dump(),
        cells=[CountOut.of(cell) for cell in one.cells],
    )
