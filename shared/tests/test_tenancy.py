"""Tenancy with the application's own checks taken away: what each login can reach in the database, table by table."""

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
    "outbox", "inbox", "dead_letters", "clocks", "audit_log", "audit_unsealed", "audit_chain", "idempotency_keys",
    "worker_state",
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
CHECKS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace
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


@pytest.mark.parametrize("scope", ["organisation", "person", "service", "system", ""])
async def test_the_app_reaches_nothing_of_another_partnership(behind: tuple[str, Connection], scope: str) -> None:
    service, connection = behind
    reached: list[str] = []
    tables = await tables_of(connection)
    assert {"outbox", "audit_log", "status_history"} <= {table.name for table in tables}
    for table in tables:
        async with connection.transaction():
            await connection.execute(table.row(FOREIGN))
            await connection.execute(table.row(OWN))
        settings = {"partnership": OWN, "organisation": ORGANISATION, "person": PERSON, "scope": scope}
        async with As(connection, f"{service}_app", **settings) as app:
            for verb, statement in attempts(table, FOREIGN).items():
                if await app.tried(statement):
                    reached.append(f"{verb} {table.name}")
            if await app.tried(table.row(FOREIGN)) is not None:
                reached.append(f"insert {table.name}")
            moved = f"UPDATE {table.name} SET partnership_id = '{FOREIGN}' WHERE partnership_id = '{OWN}'"  # noqa: S608
            if await app.tried(moved):
                reached.append(f"give away {table.name}")
    assert sorted(set(reached) - EXCEPTIONS.get(service, set())) == []


async def test_the_app_sees_its_own_partnership_so_that_the_other_tests_mean_something(
    behind: tuple[str, Connection],
) -> None:
    service, connection = behind
    seen = set()
    for table in await tables_of(connection):
        await connection.execute(table.row(OWN))
        async with As(connection, f"{service}_app", partnership=OWN, organisation=ORGANISATION, scope="service") as app:
            if await app.tried(attempts(table, OWN)["select"]):
                seen.add(table.name)
    assert {"audit_log", "status_history", "outbox"} - {"outbox"} <= seen


async def test_without_a_tenant_the_app_sees_nothing(behind: tuple[str, Connection]) -> None:
    service, connection = behind
    for table in await tables_of(connection):
        await connection.execute(table.row(OWN))
        async with As(connection, f"{service}_app") as app:
            shown = await app.tried(f"SELECT count(*) FROM {table.name}")  # noqa: S608 - from the catalogue
            if f"select {table.name}" not in EXCEPTIONS.get(service, set()):
                assert not shown, table.name


async def test_the_worker_sees_another_partnership_only_in_its_queues(behind: tuple[str, Connection]) -> None:
    service, connection = behind
    reached = set()
    for table in await tables_of(connection):
        await connection.execute(table.row(FOREIGN))
        async with As(connection, f"{service}_worker", partnership=OWN, scope="system") as worker:
            for statement in attempts(table, FOREIGN).values():
                if await worker.tried(statement):
                    reached.add(table.name)
    assert sorted(reached - WORKERS_QUEUES - MORE_QUEUES.get(service, set())) == []


VIEWERS: list[tuple[str, dict[str, object], bool]] = [
    ("its organisation", {"organisation": ORGANISATION, "scope": "organisation"}, True),
    ("another organisation", {"organisation": new_id(), "scope": "organisation"}, False),
    ("a volunteer of the organisation", {"organisation": ORGANISATION, "person": PERSON, "scope": "person"}, False),
    ("another service's worker", {"organisation": new_id(), "scope": "service"}, True),
    ("nobody", {"scope": "organisation"}, False),
]


@pytest.mark.parametrize("granted_to_a_person", [False, True])
async def test_a_case_is_shown_only_to_those_to_whom_it_is_granted(
    behind: tuple[str, Connection], granted_to_a_person: bool
) -> None:
    service, connection = behind
    family, person = new_id(), PERSON if granted_to_a_person else None
    grant = "INSERT INTO case_access VALUES ($1, $2, $3, 'la', $4)"
    await connection.execute(grant, OWN, family, ORGANISATION, person)
    viewers = VIEWERS
    if granted_to_a_person:
        named = {"organisation": ORGANISATION, "person": PERSON, "scope": "person"}
        viewers = [
            ("the person", named, True),
            ("another person", named | {"person": new_id()}, False),
            ("the person from elsewhere", named | {"organisation": new_id()}, False),
            ("a colleague", {"organisation": ORGANISATION, "person": new_id(), "scope": "organisation"}, False),
        ]
    for table in await tables_of(connection):
        case = case_of(table)
        if case is None:
            continue
        await connection.execute(table.row(OWN))
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(f"UPDATE {table.name} SET {case} = $1 WHERE partnership_id = $2", family, OWN)  # noqa: S608
        await connection.execute("SET session_replication_role = DEFAULT")
        for name, settings, visible in viewers:
            async with As(connection, f"{service}_app", partnership=OWN, **settings) as app:
                shown = await app.tried(f"SELECT count(*) FROM {table.name} WHERE {case} = '{family}'")  # noqa: S608
                changed = await app.tried(
                    f"UPDATE {table.name} SET partnership_id = partnership_id WHERE {case} = '{family}'"  # noqa: S608
                )
            assert visible or not (shown or changed), (table.name, name)
            # A service may narrow further what its own tables show; the spine's do not.
            assert not visible or shown or table.name != "status_history", name


async def test_every_table_is_guarded_even_from_its_owner(behind: tuple[str, Connection]) -> None:
    _, connection = behind
    query = """SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
      AND NOT (relrowsecurity AND relforcerowsecurity)"""
    assert {row[0] for row in await connection.fetch(query)} == {"alembic_version"}


async def test_the_running_logins_own_nothing_and_may_not_go_around_the_policies(
    behind: tuple[str, Connection],
) -> None:
    service, connection = behind
    owners = await connection.fetch("""SELECT DISTINCT relowner::regrole::text FROM pg_class
      WHERE relnamespace = 'public'::regnamespace""")
    assert [row[0] for row in owners] == [f"{service}_owner"]
    roles = await connection.fetch(
        """SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
      OR rolreplication FROM pg_roles WHERE rolname LIKE $1""",
        f"{service}\\_%",
    )
    assert {row[0]: row[1] for row in roles} == dict.fromkeys(
        (f"{service}_{kind}" for kind in ("owner", "app", "worker", "vault")), False
    )
    members = await connection.fetchval(
        """SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
      WHERE r.rolname LIKE $1""",
        f"{service}\\_%",
    )
    assert members == 0
    definers = await connection.fetch("""SELECT proname FROM pg_proc WHERE prosecdef
      AND pronamespace = 'public'::regnamespace""")
    assert definers == []


async def test_the_running_logins_may_not_truncate_drop_or_change_what_is_append_only(
    behind: tuple[str, Connection],
) -> None:
    service, connection = behind
    for role in (f"{service}_app", f"{service}_worker"):
        for table in ("audit_log", "audit_chain", "status_history"):
            await connection.execute("SELECT 1")
            async with As(connection, role, partnership=OWN, scope="system") as login:
                for statement in (
                    f"UPDATE {table} SET partnership_id = partnership_id",  # noqa: S608
                    f"DELETE FROM {table}",  # noqa: S608
                    f"TRUNCATE {table}",
                    f"DROP TABLE {table}",
                    f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                    f"ALTER TABLE {table} DISABLE TRIGGER ALL",
                    "CREATE TABLE mine (id int)",
                ):
                    assert await login.tried(statement) is None, (role, statement)


async def test_a_login_reaches_no_other_services_database(stack: Any) -> None:
    admin = await asyncpg.connect(stack.admin_dsn)
    query = "SELECT has_database_privilege($1, $2, 'CONNECT')"
    for service in SERVICES:
        for other in (*SERVICES, "vault"):
            for kind in ("app", "worker", "vault"):
                allowed = other == "vault" if kind == "vault" else other == service
                for name in (other, stack.database(other)):
                    assert await admin.fetchval(query, f"{service}_{kind}", name) is allowed, (service, kind, name)
    await admin.close()


async def test_a_service_reaches_only_its_own_keys_and_anchors(stack: Any) -> None:
    connection = await asyncpg.connect(f"{stack.admin_dsn.rpartition('/')[0]}/{stack.database('vault')}")
    transaction = connection.transaction()
    await transaction.start()
    for service in ("referral", "matching"):
        await connection.execute(
            "INSERT INTO subject_keys (service, partnership_id, subject_kind, subject_id, wrapped_key)"
            " VALUES ($1, $2, 'person', $3, 'x')", service, OWN, PERSON,
        )  # fmt: skip
    async with As(connection, "matching_vault") as vault:
        assert await vault.tried("SELECT count(*) FROM subject_keys WHERE service <> 'matching'") == 0
        assert await vault.tried(f"SELECT count(*) FROM subject_keys WHERE subject_id = '{PERSON}'") == 1  # noqa: S608
        assert await vault.tried("UPDATE subject_keys SET wrapped_key = '' WHERE service = 'referral'") == 0
        assert await vault.tried("DELETE FROM subject_keys") is None
        assert await vault.tried("DELETE FROM audit_anchors") is None
        assert await vault.tried("UPDATE audit_anchors SET position = 0") is None
        forged = "INSERT INTO audit_anchors VALUES ('referral', gen_random_uuid(), 1, 'x', now(), 'x')"
        assert await vault.tried(forged) is None
    await transaction.rollback()
    await connection.close()
