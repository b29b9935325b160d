"""What the database itself refuses, with the application's checks taken away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.domain import PLATFORM
from gateway.identity.tests.platform import Partnership, Platform
from shared.auth import Role
from shared.ids import new_id

TENANTED = ["organisations", "people", "memberships", "clients", "authorization_codes"]


@asynccontextmanager
async def _as_app(platform: Platform, partnership: UUID | None) -> AsyncIterator[AsyncConnection]:
    async with platform.parts.app.engine.connect() as connection:
        if partnership is not None:
            tenant = {"p": str(partnership)}
            await connection.execute(text("SELECT set_config('circle.partnership', :p, true)"), tenant)
        yield connection


@pytest.fixture
async def populated(platform: Platform, partnership: Partnership) -> Partnership:
    scheme = await platform.organisation(partnership)
    person = await platform.person(partnership, scheme, Role.COORDINATOR)
    await platform.code(person)
    return partnership


async def _count(connection: AsyncConnection, table: str, condition: str = "true") -> int:
    return int((await connection.execute(text(f"SELECT count(*) FROM {table} WHERE {condition}"))).scalar_one())  # noqa: S608 - fixed names


@pytest.mark.parametrize("table", TENANTED)
async def test_a_partnerships_rows_are_seen_by_itself_only(
    platform: Platform, populated: Partnership, table: str
) -> None:
    other = await platform.found()
    mine = f"partnership_id = '{populated.id}'"
    async with _as_app(platform, populated.id) as connection:
        assert await _count(connection, table, mine) > 0
        assert await _count(connection, table) == await _count(connection, table, mine)
    for stranger in (other.id, PLATFORM, None):
        async with _as_app(platform, stranger) as connection:
            assert await _count(connection, table, mine) == 0


async def test_partnerships_are_seen_by_themselves_and_by_the_platform(
    platform: Platform, populated: Partnership
) -> None:
    mine = f"id = '{populated.id}'"
    other = await platform.found()
    for tenant, seen in ((populated.id, 1), (PLATFORM, 1), (other.id, 0), (None, 0)):
        async with _as_app(platform, tenant) as connection:
            assert await _count(connection, "partnerships", mine) == seen
    async with _as_app(platform, PLATFORM) as connection:
        changed = await connection.execute(text(f"UPDATE partnerships SET name = 'x' WHERE {mine}"))  # noqa: S608 - an id
        assert changed.rowcount == 0


async def test_nothing_is_written_for_another_partnership(platform: Platform, populated: Partnership) -> None:
    other = await platform.found()
    statements = (
        "INSERT INTO organisations VALUES (gen_random_uuid(), :p, 1, 'x', 'vcs', NULL, now())",
        "INSERT INTO partnerships VALUES (gen_random_uuid(), 1, 'x', 'x', '{}', now())",
        "INSERT INTO revocations VALUES (gen_random_uuid(), :p, 'subject', 'x', now(), now())",
        "INSERT INTO sign_in_names (id, partnership_id, kind, name, person_id, created_at)"
        " VALUES (gen_random_uuid(), :p, 'email', 'x', gen_random_uuid(), now())",
    )
    for statement in statements:
        async with _as_app(platform, other.id) as connection:
            with pytest.raises(ProgrammingError, match="row-level security"):
                await connection.execute(text(statement), {"p": populated.id} if ":p" in statement else {})


async def test_names_are_found_before_the_partnership_is_known_and_changed_only_in_it(
    platform: Platform, populated: Partnership
) -> None:
    mine = f"partnership_id = '{populated.id}'"
    async with _as_app(platform, None) as connection:
        assert await _count(connection, "sign_in_names", mine) > 0
        removed = await connection.execute(text(f"DELETE FROM sign_in_names WHERE {mine}"))  # noqa: S608 - an id
        assert removed.rowcount == 0


async def test_every_table_forces_row_level_security(platform: Platform) -> None:
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND NOT (relrowsecurity AND relforcerowsecurity) AND relname <> 'alembic_version'"
    )
    async with _as_app(platform, None) as connection:
        assert (await connection.execute(text(query))).scalars().all() == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM people",
        "DELETE FROM clients",
        "DELETE FROM revocations",
        "UPDATE revocations SET expires_at = now()",
        "DELETE FROM signing_keys",
        "DELETE FROM used_assertions",
        "UPDATE used_assertions SET expires_at = now()",
        "TRUNCATE sign_in_failures",
        "DROP TABLE people",
        "ALTER TABLE people DISABLE ROW LEVEL SECURITY",
    ],
)
async def test_the_app_has_no_right_to_undo_what_protects(platform: Platform, statement: str) -> None:
    async with _as_app(platform, new_id()) as connection:
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            await connection.execute(text(statement))
