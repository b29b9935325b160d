"""Roles and databases: what a superuser has to do once, before the owners can migrate."""

import asyncio
import json
import os
from collections.abc import Mapping
from importlib.resources import files

import asyncpg

from shared.settings import SERVICES

VAULT = "vault"


async def provision(admin_dsn: str, passwords: Mapping[str, Mapping[str, str]]) -> None:
    """Make every service's owner, app, worker and vault roles and its database; repeat without harm.

    `passwords[service]` has the keys owner, app, worker and vault.
    """
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute("SELECT pg_advisory_lock(7310)")
        for service in SERVICES:
            for role in ("owner", "app", "worker", "vault"):
                await _role(admin, f"{service}_{role}", passwords[service][role])
            await _database(admin, service, f"{service}_owner")
            await admin.execute(f"REVOKE CONNECT ON DATABASE {service} FROM PUBLIC")
            await admin.execute(f"GRANT CONNECT ON DATABASE {service} TO {service}_app, {service}_worker")
        await _vault(admin, admin_dsn)
    finally:
        await admin.close()


async def _role(admin: "asyncpg.Connection[asyncpg.Record]", name: str, password: str) -> None:
    exists = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
    quoted = await admin.fetchval("SELECT quote_literal($1)", password)
    verb = "ALTER" if exists else "CREATE"
    await admin.execute(f"{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {quoted}")


async def _database(admin: "asyncpg.Connection[asyncpg.Record]", name: str, owner: str | None = None) -> None:
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await admin.execute(f"CREATE DATABASE {name}" + (f" OWNER {owner}" if owner else ""))


async def _vault(admin: "asyncpg.Connection[asyncpg.Record]", admin_dsn: str) -> None:
    await _database(admin, VAULT)
    await admin.execute(f"REVOKE CONNECT ON DATABASE {VAULT} FROM PUBLIC")
    vault = await asyncpg.connect(admin_dsn, database=VAULT)
    try:
        await vault.execute(files("shared").joinpath("sql/vault.sql").read_text())
        for service in SERVICES:
            role = f"{service}_vault"
            await vault.execute(f"GRANT CONNECT ON DATABASE {VAULT} TO {role}")
            await vault.execute(f"GRANT SELECT, INSERT, UPDATE ON subject_keys TO {role}")
            await vault.execute(f"GRANT SELECT, INSERT ON audit_anchors TO {role}")
    finally:
        await vault.close()


def from_environment() -> None:
    """`python -m shared.provision`: CIRCLE_ADMIN_DSN, and CIRCLE_PASSWORDS as JSON."""
    asyncio.run(provision(os.environ["CIRCLE_ADMIN_DSN"], json.loads(os.environ["CIRCLE_PASSWORDS"])))


if __name__ == "__main__":
    from_environment()
