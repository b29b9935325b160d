"""Migrations: one history per service, run by the database's owner under a lock; and the check for drift."""

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from alembic import command, context, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import AdaptedConnection, Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.settings import SERVICES

SPINE_TABLES = frozenset({
    "case_access", "case_access_revisions", "status_history", "audit_log", "audit_unsealed", "audit_chain",
    "audit_terms", "idempotency_keys", "outbox", "relayed", "inbox", "dead_letters", "clocks", "worker_state",
    "alembic_version",
})  # fmt: skip


def create_spine(service: str) -> None:
    """In a service's first migration: the spine's tables, functions, policies and grants."""
    script(files("shared").joinpath("sql/spine.sql").read_text().replace("{s}", service))


def keep_relayed(service: str) -> None:
    """What the relay has told is kept for a while, for the day on which the bus is lost (spine, since backups)."""
    op.execute(
        "CREATE TABLE relayed (seq bigint NOT NULL, partnership_id uuid NOT NULL, topic text NOT NULL,"
        " key text NOT NULL, headers jsonb NOT NULL, data text NOT NULL, relayed_at timestamptz NOT NULL DEFAULT now())"
    )
    # Rows come in the order of time: a summary of the blocks finds the old ones and costs the relay nothing.
    op.execute("CREATE INDEX relayed_by_time ON relayed USING brin (relayed_at)")
    op.execute("ALTER TABLE relayed ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE relayed FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY every_tenant ON relayed TO {service}_worker USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON relayed TO {service}_worker")


def index_audit(service: str) -> None:
    """What the audit is searched by, for what is sealed from now on and for what is sealed already (spine, since 0075).

    The backfill is a transaction of its own, so that nobody who writes or seals waits for it; stopped at any point, the
    migration may be repeated.
    """
    script(files("shared").joinpath("sql/audit_terms.sql").read_text().replace("{s}", service))
    # The owner migrates, and row-level security is forced on it too: without this the backfill would see no row.
    _force("NO FORCE")
    with op.get_context().autocommit_block():
        op.execute("SET statement_timeout = 0")
        op.execute(
            "INSERT INTO audit_terms SELECT l.partnership_id, t.term, t.changed, l.recorded_at, l.id"
            " FROM audit_chain c JOIN audit_log l ON l.id = c.audit_id, audit_terms_of(l.entry) t"
            " ON CONFLICT DO NOTHING"
        )
        op.execute("SET statement_timeout = '60s'")
    _force("FORCE")


def index_audit_at_once() -> None:
    """The same terms for whatever is sealed together by one statement (spine, since 0075's second part)."""
    script(files("shared").joinpath("sql/audit_terms_at_once.sql").read_text())


def _force(how: str) -> None:
    for table in ("audit_chain", "audit_log", "audit_terms"):
        op.execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")


def script(sql: str) -> None:
    """Run several statements at once, inside the migration's transaction."""
    bind = op.get_bind()
    bind.execute(text("SELECT 1"))
    connection: AdaptedConnection = cast(Any, bind.connection.dbapi_connection)
    connection.run_async(lambda raw: raw.execute(sql))


def protect(service: str, table: str, *, case: str | None = None, app: str = "SELECT, INSERT, UPDATE") -> None:
    """Row-level security for a table that has `partnership_id`; with `case`, the column that names the family too.

    The app role sees its partnership's rows, of a case only those that `case_access` shows to the caller; the worker
    role sees its event's partnership. `app` are the rights of the app role.
    """
    tenant = "partnership_id = circle_partnership()"
    seen = f"{tenant} AND ({case} IS NULL OR case_visible({case}))" if case else tenant
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} TO {service}_app USING ({seen}) WITH CHECK ({tenant})",
        f"CREATE POLICY tenant_worker ON {table} TO {service}_worker USING ({tenant}) WITH CHECK ({tenant})",
        f"GRANT {app} ON {table} TO {service}_app",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {service}_worker",
    ):
        op.execute(statement)


def package_of(service: str) -> str:
    """The package that owns a service's models and migrations."""
    return "gateway" if service == "gateway" else f"services.{service}"


def config_of(service: str) -> Config:
    """Alembic's configuration, without any ini file."""
    package = importlib.import_module(package_of(service))
    config = Config()
    config.set_main_option("script_location", str(Path(str(package.__file__)).parent / "migrations"))
    config.set_main_option("version_locations", str(Path(str(package.__file__)).parent / "migrations" / "versions"))
    config.set_main_option("path_separator", "os")
    return config


def run_env(metadata: MetaData) -> None:
    """What each service's `migrations/env.py` calls."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def upgrade(url: str, service: str, to: str = "head") -> None:
    """Bring one database to its newest version, or to the one given; another process that does the same waits."""
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(7311)"))
            await connection.commit()
            await connection.run_sync(_upgrade, service, to)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, service: str, to: str) -> None:
    config = config_of(service)
    wanted = ScriptDirectory.from_config(config).as_revision_number(to)
    current = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    if wanted == current:
        return
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '60s'"))
    connection.commit()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def owner_url(host: str, port: int, service: str, password: str, name: str | None = None) -> str:
    """URL with which the owner migrates."""
    return f"postgresql+asyncpg://{service}_owner:{password}@{host}:{port}/{name or service}"


async def upgrade_all(
    host: str, port: int, owner_passwords: Mapping[str, str], names: Mapping[str, str] | None = None
) -> None:
    """Bring every service's database to its newest version."""
    for service in SERVICES:
        name = (names or {}).get(service)
        await upgrade(owner_url(host, port, service, owner_passwords[service], name), service)


def drift(connection: Connection, service: str) -> list[str]:
    """Differences between the models and the migrated database, in words."""
    models = importlib.import_module(f"{package_of(service)}.models")
    migration = MigrationContext.configure(
        connection, opts={"include_name": lambda name, kind, _: kind != "table" or name not in SPINE_TABLES}
    )
    metadata: MetaData = models.Base.metadata
    return [str(difference) for difference in compare_metadata(migration, metadata)]


async def check(host: str, port: int, owner_passwords: Mapping[str, str]) -> int:
    """Print every drift; how many there are."""
    count = 0
    for service in SERVICES:
        engine = create_async_engine(owner_url(host, port, service, owner_passwords[service]), poolclass=pool.NullPool)
        async with engine.connect() as connection:
            for difference in await connection.run_sync(drift, service):
                count += 1
                sys.stdout.write(f"{service}: {difference}\n")
        await engine.dispose()
    return count


def main(verb: str) -> int:
    """`python -m shared.migrations upgrade|check` with CIRCLE_DATABASE_HOST, _PORT and CIRCLE_PASSWORDS (JSON)."""
    host, port = os.environ["CIRCLE_DATABASE_HOST"], int(os.environ["CIRCLE_DATABASE_PORT"])
    owners = {service: roles["owner"] for service, roles in json.loads(os.environ["CIRCLE_PASSWORDS"]).items()}
    if verb == "check":
        return asyncio.run(check(host, port, owners))
    asyncio.run(upgrade_all(host, port, owners))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "upgrade"))
