"""Every table of every service, and how a test tries to reach foreign rows in it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from shared.ids import new_id
from shared.settings import SERVICES

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# What a worker reads before it knows whose it is: ids, codes and envelopes, never a record.

WORKERS_QUEUES = {
    "outbox", "inbox", "dead_letters", "clocks", "audit_log", "audit_unsealed", "audit_chain", "audit_terms",
    "idempotency_keys", "worker_state", "relayed",
}  # fmt: skip
# Ids only: who may see which case, when something is due, whom a volunteer must not be matched with.
GRANTS = {"case_access", "case_access_revisions", "clocks", "volunteer_conflicts"}
# Deviations, each with its reason; a new one has to be argued for here.
EXCEPTIONS = {
    # Somebody who signs in has no tenant yet, and a revoked token names only itself.
    "gateway": {"select sign_in_names", "select revocations"},
}
MORE_QUEUES = {
    # Codes and revocations expire, deliveries and waiting feed rows (ids) are looked for, in all partnerships.
    "gateway": {"authorization_codes", "revocations", "deliveries", "feed_waiting"},
}
DENIED = asyncpg.InsufficientPrivilegeError
OWN, FOREIGN, ORGANISATION, PERSON = (new_id() for _ in range(4))


@dataclass(frozen=True)
class Table:
    """A table that belongs to a partnership; `case` is the column that names the family, where one does."""

    name: str
    columns: dict[str, str]
    case: str | None

    def row(self, partnership: UUID) -> str:
        """An INSERT with a made-up value in every column."""
        values = {name: FILL.get(kind, "'{}'" if kind.endswith("[]") else "'x'") for name, kind in self.columns.items()}
        values["partnership_id"] = f"'{partnership}'"
        return f"INSERT INTO {self.name} ({', '.join(values)}) VALUES ({', '.join(values.values())})"  # noqa: S608


FILL = {
    "uuid": "gen_random_uuid()", "boolean": "false", "integer": "1", "bigint": "1", "smallint": "1", "numeric": "1",
    "double precision": "1", "timestamp with time zone": "now()", "date": "current_date",
    "bytea": "uuid_send(gen_random_uuid())",
    "jsonb": "'{}'", "json": "'{}'", "interval": "'1 day'", "time without time zone": "'10:00'", "inet": "'::1'",
    "xid8": "'1'", "text": "gen_random_uuid()::text",
}  # fmt: skip
COLUMNS = """
SELECT c.relname AS name, a.attname AS column, format_type(a.atttypid, NULL) AS kind,
  (SELECT string_agg(p.qual, ' ') FROM pg_policies p WHERE p.tablename = c.relname) AS policies
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attidentity <> 'a' AND a.attgenerated = ''
ORDER BY c.relname, a.attnum
"""
# A trigger that keeps totals looks for what a row belongs to, as a reference would.
CHECKS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace
UNION ALL
SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE tgname ~ '^keep_totals'
"""


async def tables_of(connection: Connection) -> list[Table]:
    found: dict[str, Table] = {}
    for row in await connection.fetch(COLUMNS):
        case = re.search(r"case_(?:visible|worked)\((\w+)\)", row["policies"] or "")
        table = found.setdefault(row["name"], Table(row["name"], {}, case and case[1]))
        table.columns[row["column"]] = row["kind"]
    return [table for table in found.values() if "partnership_id" in table.columns]


def case_of(table: Table) -> str | None:
    """The column that ties a row to a case: the one that a policy asks about, or one with the family's name."""
    if table.name in GRANTS:
        return None
    return table.case or ("family_id" if "family_id" in table.columns else None)


@pytest_asyncio.fixture(params=SERVICES, loop_scope="session")
async def behind(stack: Any, request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Connection]]:
    """A superuser in a copy of the service's database whose checks and references are gone, so that any row fits."""
    service: str = request.param
    if service in stack.unmigrated:
        pytest.fail(f"the migrations of {service} failed: {stack.unmigrated[service]}")
    copy = f"tenancy_{stack.database(service)}"
    admin = await asyncpg.connect(stack.admin_dsn)
    await admin.execute(f"DROP DATABASE IF EXISTS {copy}")
    await admin.execute(f"CREATE DATABASE {copy} TEMPLATE {service}")
    connection = await asyncpg.connect(f"{stack.admin_dsn.rpartition('/')[0]}/{copy}")
    for (statement,) in await connection.fetch(CHECKS):
        await connection.execute(statement)
    yield service, connection
    await connection.close()
    await admin.execute(f"DROP DATABASE {copy}")
    await admin.close()


class As:
    """A block inside which the superuser is one of the service's logins, in one tenant's name; rolled back after."""

    def __init__(self, connection: Connection, role: str, **settings: object) -> None:
        self._connection, self._role, self._settings = connection, role, settings

    async def __aenter__(self) -> "As":
        self._transaction = self._connection.transaction()
        await self._transaction.start()
        for name, value in self._settings.items():
            await self._connection.execute("SELECT set_config($1, $2, true)", f"circle.{name}", str(value))
        await self._connection.execute(f"SET LOCAL ROLE {self._role}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transaction.rollback()

    async def tried(self, statement: str) -> int | None:
        """How many rows it touched or showed; None when it is not allowed at all."""
        point = self._connection.transaction()
        await point.start()
        try:
            if statement.startswith("SELECT"):
                return int(await self._connection.fetchval(statement))
            return int((await self._connection.execute(statement)).rpartition(" ")[2])
        except DENIED:
            return None
        finally:
            await point.rollback()


def attempts(table: Table, partnership: UUID) -> dict[str, str]:
    where = f"{table.name} WHERE partnership_id = '{partnership}'"
    return {
        "select": f"SELECT count(*) FROM {where}",  # noqa: S608 - names come from the catalogue
        "update": f"UPDATE {table.name} SET partnership_id = partnership_id WHERE partnership_id = '{partnership}'",  # noqa: S608
        "delete": f"DELETE FROM {where}",  # noqa: S608
    }
