"""What guards the tables: policies that bind even the owner, logins that own nothing."""

from typing import Any

import asyncpg

from shared.settings import SERVICES
from shared.tests.tables import (
    OWN,
    PERSON,
    As,
    Connection,
)


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
